from panel.mail.smtp.protocol import Reply


def test_the_enhanced_code_of_a_multi_line_reply_is_told_once():
    reply = Reply(535, ("5.7.8 Username and Password not accepted.", "5.7.8 See the help page"))

    assert reply.enhanced_code == "5.7.8"
    assert str(reply) == "535 5.7.8 Username and Password not accepted. See the help page"


def test_a_number_that_only_looks_like_an_enhanced_code_is_none():
    assert Reply(220, ("2.0.0.1 is my address",)).enhanced_code is None


def test_4yz_is_transient_and_5yz_permanent():
    assert Reply(451, ("later",)).transient
    assert Reply(550, ("no",)).permanent
    assert Reply(250, ("ok",)).positive

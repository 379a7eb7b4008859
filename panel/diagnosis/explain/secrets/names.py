"""What secrets are called where one is written down, and with what words a sentence about one goes on."""

from __future__ import annotations

# A blank stands for one, for a dash or a low line, or for nothing; others may stand before a name: SMTP_PASSWORD.
PASSWORDS = (
    *("password", "passwd", "passphrase", "passcode", "pass", "pswd", "pwd", "pw"),
    *("passwort", "kennwort", "passe", "mdp", "contraseña", "contrasena", "clave", "senha"),
    *(
        "parola",
        "wachtwoord",
        "lösenord",
        "losenord",
        "adgangskode",
        "kodeord",
        "passord",
        "salasana",
        "hasło",
        "haslo",
    ),
    *("heslo", "jelszó", "şifre", "sifre", "пароль", "парола", "κωδικός", "סיסמה", "المرور", "khẩu"),
    *(
        "パスワード",
        "パスフレーズ",
        "暗証番号",
        "密码",
        "密碼",
        "口令",
        "授权码",
        "授權碼",
        "비밀번호",
        "암호",
        "รหัสผ่าน",
    ),
    *("secret", "api key", "secret key", "account key", "subscription key"),
    *("authorization", "cookie"),
)
# Words of sentences, too: where one stands by itself with a colon, the value has to look like a token as well.
TOKENS = ("token", "private key", "access key", "assertion", "code verifier")
# A name of much else: the value always has to look like one.
CODES = ("code",)

OPTIONS = ("ap", "xp")  # -ap VALUE, of swaks; -xp VALUE, of sendEmail

# A sentence about a secret begins with these, and comes to one of the next: "Password: your user name is wrong".
LEADS = (
    *(
        "the",
        "your",
        "this",
        "that",
        "it",
        "you",
        "is",
        "was",
        "are",
        "has",
        "have",
        "do",
        "does",
        "user",
        "username",
        "name",
    ),
    *("login", "logon", "access", "account", "credentials", "provided", "given", "supplied", "entered", "or", "and"),
    *("password", "passwords", "for", "of", "with", "server", "mail", "le", "la", "el", "das", "ist", "est", "es"),
)
TROUBLES = (  # with * the beginning of a word
    *(
        "authenti*",
        "fail*",
        "error*",
        "incorrect*",
        "invalid*",
        "wrong",
        "bad",
        "denied",
        "reject*",
        "refus*",
        "expire*",
    ),
    *("mismatch*", "require*", "must", "missing", "disabled", "locked", "unknown", "empty", "blank", "cannot", "not"),
    *("unable", "too", "command", "option", "argument", "method", "mechanism", "accepted", "please", "unauthori*"),
    *("no", "yes", "none", "null", "nil", "true", "false", "undefined", "hidden", "redacted"),
    *("falsch*", "ungültig*", "fehl*", "abgelaufen", "nicht", "échec", "erron*", "expiré*", "incorrett*", "errat*"),
    *("inválid*", "falló", "caduc*", "scadut*", "onjuist*", "ongeldig*", "verkeerd*", "nieprawid*", "błęd*", "невер*"),
    *("неправ*", "ошиб*", "geçersiz*", "hatalı*", "yanlış*", "felaktig*", "forkert*", "feil*", "väär*", "chyb*"),
)
TROUBLES_WITHIN = (  # in scripts that part no words
    *("正しく", "違", "誤", "無効", "失敗", "認証", "エラー", "期限", "ません", "ください", "不正", "未設定", "必要"),
    *(
        "错误",
        "錯誤",
        "无效",
        "無效",
        "失败",
        "不匹配",
        "过期",
        "验证",
        "认证",
        "不能",
        "请",
        "오류",
        "실패",
        "잘못",
        "일치",
    ),
)

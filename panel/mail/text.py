"""Strangers' bytes as text: in the charset that they declare, else in the one that they show, and nothing is lost.

Programs write more than the charset they name holds (①㈱髙 in "Shift_JIS"), so that each is read as the larger one that
browsers and mail programs take for it (https://encoding.spec.whatwg.org/#names-and-labels).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import cache

from panel.mail.patterns import pattern_of

MOST_JUDGED = 64 * 1024  # octets in which a charset shows itself
_AS_HALVES = "mail-panel: as halves"
_LARGER = {
    **dict.fromkeys(("ascii", "unknown_8bit", "default"), ""),  # what programs say that do not know
    **dict.fromkeys(("shift_jis", "windows_31j", "cp943"), "cp932"),
    **dict.fromkeys(("euc_jp", "cp51932", "eucjp_ms", "eucjp_win"), "euc-jp"),
    **dict.fromkeys(("iso2022_jp", "iso2022_jp_1", "iso2022_jp_ext", "cp50220", "cp50221", "cp50222"), "iso-2022-jp"),
    **dict.fromkeys(("iso_2022_jp_ms", "iso_2022_jp"), "iso-2022-jp"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("euc_kr", "cp949"), "cp949"),
    **dict.fromkeys(("big5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("latin_1", "cp1252", "iso_8859_1"), "cp1252"),
    **dict.fromkeys(("tis_620", "iso8859_11", "cp874", "windows_874"), "cp874"),
    **dict.fromkeys(("utf8mb4", "utf_8_sig"), "utf_8"),
    **dict.fromkeys(("koi8_u", "koi8_ru"), "koi8_u"),
    **{"iso8859_9": "cp1254", "iso_8859_8_i": "iso8859_8"},
}
_NO_TEXT = ("_codec", "rot_13", "mbcs", "utf_7")
_ONE_OCTET = pattern_of(r"cp(?:125\d|874|8\d\d|437|1125)|iso8859_\d+|koi8_[ru]|mac_\w+|kz1048|ptcp154|hp_roman8")
_LATIN = ("cp1252", "iso8859_15")  # what programs declare that think of no other text

_ESCAPE = pattern_of(rb"\x1b(\$[@B]|\([BJI]|\$\([@BD])")
_PAIR = pattern_of(rb"[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]")
_HALF = pattern_of("[\ud800-\udfff]")
_RAW = pattern_of("[\x80-\x9f\udc00-\udcff\ue000-\uf8ff]")
_KANA = pattern_of("[\u3041-\u309e\u30a1-\u30fa\u30fc]")
_SINGLE = pattern_of("[ァ-ヺ](?<![ァ-ヺー].)(?<![ノケヵヶ])(?![ァ-ヺー])")  # nobody writes one katakana by itself
_OF_WINDOWS = pattern_of("[①-⑳Ⅰ-Ⅹ㈱㈲㈹№℡]")  # in Shift_JIS where the other charsets have next to nothing
_HALF_WIDTH = pattern_of("[\uff61-\uff9f]")
_RUN = pattern_of("[\uff61-\uff9f]+")
_SPOKEN = pattern_of(  # half-width kana in an order in which they can be spoken
    "｢?(?:[ｦｱ-ﾜ](?:(?<=[ｳｶ-ﾄﾊ-ﾎ])ﾞ|(?<=[ﾊ-ﾎ])ﾟ)?[ｧ-ｮ]?[ｯﾝｰ･｡､｣]{0,2})+"
)
_VOWELS = pattern_of("[ｱ-ｿ]")
_PAIRS = pattern_of(rb"(?>(?:[\x00-\x7f]++|[\xa1-\xfe]{2})*)")
_ALONE = pattern_of("[^\x00-\x7f](?:(?<=[a-z].)(?=[\x00-\x7f]|\\Z)|(?<![^\\s].)(?=[a-z]))")
_COMMON = frozenset(
    "一万丈三上下不与世両中丸主久乗了予争事二井亜交京亮人今介仕他付代以仲件任企伊休会伝伺似位低住佐体何作使例供依"
    "価便係保信修俺倉個倒値健側備催債働像僕優元兄先光党入全公共兵具内円再写処出分切初判別利制前割力加助労効動務勝"
    "募勢化北区医十千半協南単印危原去参友反収取受口古可台史右号司各合吉同名向君含告周味呼命和品哉員商問啓営器回団"
    "囲図国園土在地坂型域基報場境増壊士声売変夏外多夜夢大天太夫失奈契女奴好始姿娘婚嫌子字存学守安完宏官定宛実客室"
    "宮害家容寝察対専導小少局居屋展山岡島川工差巻市希師帯帰常平年幸広店府度座庫建式引張強弾当形彦影役彼待後得御復"
    "心必忘忙応念怖思急性恋恵悪情想意愛感態慮成我戦戻所手打払承技投抜担拓拝持指挙振捕探接描提換援損撃撮支改攻放政"
    "故敗教数敵文斉斎料断新方施旅族日早明星映春時普智曜曲更書最月有服望朝期木未末本杉材村条来東松林枚果査校株格桃"
    "案桜梱森検業極楽構様権横樹橋機次欲歌止正武歩歳歴死残段殺母毎比氏民気水永求池決沙河治況法注洋活派流浦浩海消涼"
    "深淳添清済減渡温満準演漫激火点為無然熱爆父版物特犯状独率王現球理環生産用田由申男町画界番異病痛療発登白的皆益"
    "目直相県真着督知石研破確示社祐神票福秀私科移程税稟種稿積究空突立竹笑第等答策管簡米精系約納純級素細終組経結絡"
    "統絵絶続綾総緒線締編繁織繰罪置美義習翔翼考者聞聡職肉育能自至致興舞般良色花若苦英荷菊菜落葉葵薬藤行術街衣表被"
    "装裕製西要見規視覚覧親観解言訂計記設許訳証評試話詳認語誠説読誰調請論謹識警議護谷象負販貴買費賃資賞質購赤走起"
    "超足路身車軍転軽載輔辺込近返追退送逃通速造連週進遅遊運過道達違遠適選部郵都配里重野量金鈴銀録長門開間関阪防阿"
    "降限院除険陽隆隊階際集離難電青非面韓音響頂頃須領頭頼題額顔願類風飛食飲館首香馬駅験高魔黒"
)
_CODECS = frozenset(aliases.values())
_OF_WINDOWS_INSTEAD = str.maketrans("〜‖−¢£¬", "～∥－￠￡￢")  # as Windows reads the same pairs
_UNSHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def without_bom(data: bytes) -> bytes:
    """Leave out a byte order mark; what is UTF-16 behind one, as PowerShell writes files, becomes UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    try:
        return data.decode("utf-16").encode("utf-8")
    except UnicodeDecodeError:
        return data


def decoded(data: bytes, declared: str = "") -> str:
    """Read a text: as declared where it can be that, then as UTF-8, then as Japanese, at last as Latin-1."""
    charset = _codec(declared) if declared else ""
    if not charset and data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    if charset and not _doubtful(data, charset) and (text := _whole(data, charset)) is not None:
        return text
    codec = _codec(charset_of(data))
    if not codec and charset and _is_mostly(data, charset):
        codec = charset
    return _leniently(data, codec or "cp1252")


def readable(data: bytes) -> str:
    """Read what a server sent as text, in the charset that it shows; what could steer a terminal is replaced."""
    if data.isascii() and (text := data.decode("ascii")).isprintable():
        return text  # as nearly always
    return harmless(decoded(data).replace("\t", " "))


def harmless(text: str) -> str:
    """Replace what could steer a terminal or turn a line around."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(each) in _UNSHOWN else each for each in text)


def without_controls(text: str) -> str:
    """Leave out what no line of text holds; of the controls its tabs and line ends stay."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    hidden = [each for each in set(text) if each not in "\n\t" and not _is_shown(each)]
    return text.translate(dict.fromkeys(map(ord, hidden))) if hidden else text


def _is_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def known(charset: str) -> bool:
    """Say whether there is a charset of that name."""
    return bool(_codec(charset)) or _plain(charset) == "ascii"


def charset_of(data: bytes) -> str:
    """Name the charset that a text shows by itself, as MIME writes it; nothing where it could be another one."""
    data = data[:MOST_JUDGED]
    if data.isascii():
        return "ISO-2022-JP" if _ESCAPE.search(data) else "US-ASCII"
    if _is_mostly(data, "utf_8"):
        return "UTF-8"
    worth, best = max((_worth(data, _codec(name)), name) for name in ("Shift_JIS", "EUC-JP"))
    return best if worth > 0 else ""


def readings(data: bytes) -> Iterable[str]:
    """Give every way in which a text without a charset may come to be read here."""
    return {_leniently(data, charset) for charset in ("utf_8", "cp932", "euc-jp", "iso-2022-jp", "cp1252")}


def _codec(name: str) -> str:
    """Find how a charset is read; names that nobody knows are not looked up, for each would be kept for ever."""
    plain = _plain(name)
    if plain in _LARGER:
        return _LARGER[plain]
    return plain if plain in _CODECS and not plain.endswith(_NO_TEXT) else ""


def _plain(name: str) -> str:
    """Write a charset's name as Python's codecs are called."""
    plain = normalize_encoding(name.strip().lower()[:40]).replace("-", "_") if name.isascii() else ""
    plain = plain.removeprefix("x_") if plain != "x_" else ""
    return aliases.get(plain, aliases.get(plain.replace("_", ""), plain))


def _doubtful(data: bytes, charset: str) -> bool:
    """Say whether a charset that can hold any octets is not the one of these: UTF-8, or Japanese, shows itself."""
    if not _ONE_OCTET.fullmatch(charset) or data.isascii():
        return False
    found = charset_of(data)
    return found == "UTF-8" or (found != "" and charset in _LATIN)


def _is_mostly(data: bytes, charset: str) -> bool:
    """Say whether a text is in a charset, also one that was cut off within a character."""
    text = _text(data, charset)
    if not _RAW.search(text):
        return True
    beyond = _beyond(text)
    return beyond.total() > 5 * _often(_RAW, beyond)


def _beyond(text: str) -> Counter[str]:
    """Count the characters that are none of ASCII."""
    return Counter({each: times for each, times in Counter(text).items() if each > "\x7f"})


def _worth(data: bytes, charset: str) -> float:
    """Weigh what speaks for a Japanese reading: kana and common kanji; what nobody writes speaks against it.

    The first level of kanji in Shift_JIS lies where the other charsets have next to nothing; in EUC-JP it lies where
    Chinese and Korean have theirs, and without any kana it takes more to believe in it.
    """
    text = _text(data, charset)
    beyond = _beyond(text)
    kana, half, raw = (_often(each, beyond) for each in (_KANA, _HALF_WIDTH, _RAW))
    kana += _often(_OF_WINDOWS, beyond) if charset == "cp932" else -len(_SINGLE.findall(text))
    common = sum(beyond[each] for each in beyond if each in _COMMON)
    rare = sum(beyond[each] for each in beyond if _is_rare(each, charset))
    against = (0.75 if kana > 0 or charset == "cp932" else 1.25) * rare + 3 * len(_ALONE.findall(text)) + 4 * raw
    least = 0.5 if kana > 0 or charset == "cp932" else 1
    return 2 * kana + common - against + (half if _can_be_half_width(text, data, beyond.total()) else -half) - least


def _often(characters: re.Pattern[str], count: Counter[str]) -> int:
    """Say how often there is one of some characters."""
    return sum(map(count.__getitem__, characters.findall("".join(count))))


def _is_rare(character: str, charset: str) -> bool:
    """Say whether it is a kanji that is none of the common ones, nor shows by its place what charset it is of."""
    if not "\u4e00" <= character <= "\u9fff" or character in _COMMON:
        return False
    return charset != "cp932" or character.encode("cp932", "replace") > b"\xa0"


def _can_be_half_width(text: str, data: bytes, beyond: int) -> bool:
    """Say whether half-width kana can be spoken, and are no pairs of octets as Chinese and Korean have them."""
    runs = _RUN.findall(text)
    count = sum(map(len, runs))
    if not all(_SPOKEN.fullmatch(run) for run in set(runs)) or 4 * len(_VOWELS.findall("".join(runs))) < count:
        return False
    is_of_pairs = _PAIRS.fullmatch(data) and (count < 10 or beyond > count)
    return count >= 3 * len(runs) and not is_of_pairs and not any(_is_rare(each, "cp932") for each in set(text))


def _whole(data: bytes, charset: str) -> str | None:
    """Read a text all of which is in the charset."""
    try:
        text = _DECODERS[charset](data) if charset in _DECODERS else data.decode(charset)
    except ValueError:
        return None
    return None if _HALF.search(text) else text


def _leniently(data: bytes, charset: str) -> str:
    """Read all that can be read; each octet that cannot becomes the character of Latin-1."""
    return re.sub("[\udc00-\udcff]", lambda found: chr(ord(found[0]) - 0xDC00), _text(data, charset))


def _text(data: bytes, charset: str) -> str:
    """Read in a charset; an octet that is none of it becomes half a character, much as in file names (PEP 383)."""
    if charset == "utf_8":
        return data.decode(charset, "surrogateescape")  # the same, and quick
    return _DECODERS[charset](data) if charset in _DECODERS else data.decode(charset, _AS_HALVES)


def _of_euc(data: bytes) -> str:
    """Read EUC-JP with what Windows adds to it; JIS X 0212 and JIS X 0213 where the text is not of that."""
    for charset in ("euc_jp", "euc_jis_2004"):
        if b"\x8f" in data:
            try:
                return data.decode(charset)
            except UnicodeDecodeError:
                continue
    return _of_pairs(data)


def _of_pairs(data: bytes) -> str:
    """Read pairs of JIS X 0208 as Windows does: by Python's own codec, which is quick, up to what is Windows' own."""
    known = data.partition(b"\x8f")[0]
    try:
        text = known.decode("euc_jp")
    except UnicodeDecodeError as fault:
        known = known[: fault.start]
        text = known.decode("euc_jp")
    return "".join([text.translate(_OF_WINDOWS_INSTEAD), *_each_pair(data[len(known) :])])


def _each_pair(data: bytes) -> Iterator[str]:
    end = 0
    for found in _PAIR.finditer(data):
        start, behind = found.span()
        if end < start:
            yield data[end:start].decode("ascii", "surrogateescape")
        yield _of_pair(found[0])
        end = behind
    yield data[end:].decode("ascii", "surrogateescape")


@cache
def _of_pair(pair: bytes) -> str:
    return _one(pair[1:] if pair[0] == 0x8E else _shifted(pair[0] & 0x7F, pair[1] & 0x7F), pair)


def _one(octets: bytes, raw: bytes) -> str:
    try:
        return octets.decode("cp932")
    except UnicodeDecodeError:
        return raw.decode("ascii", "surrogateescape")


def _shifted(row: int, cell: int) -> bytes:
    """Write a pair of JIS X 0208 as Shift_JIS does."""
    first = ((row - 0x21) >> 1) + 0x81
    second = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((first + 0x40 if first > 0x9F else first, second))


def _of_escapes(data: bytes) -> str:
    """Read ISO-2022-JP with half-width kana and the rows that Windows adds (cp50221)."""
    plain, *rest = _ESCAPE.split(data)
    texts = [plain.decode("ascii", "surrogateescape")]
    for escape, octets in zip(rest[::2], rest[1::2], strict=True):
        texts.append(_escaped(escape, octets))
    return "".join(texts)


def _escaped(escape: bytes, octets: bytes) -> str:
    high = octets.translate(_HIGH)
    if escape == b"(I":
        return "".join(_one(bytes((each,)), bytes((each,))) for each in high)
    if escape == b"$(D":
        return re.sub(rb"[\xa1-\xfe]{2}", rb"\x8f\g<0>", high).decode("euc_jp", _AS_HALVES)
    return _of_pairs(high) if escape[:1] == b"$" else octets.decode("ascii", "surrogateescape")


_HIGH = bytes(each | 0x80 if 0x21 <= each <= 0x7E else each for each in range(256))
_DECODERS: dict[str, Callable[[bytes], str]] = {
    "euc-jp": _of_euc,
    "iso-2022-jp": _of_escapes,
}


def _halves(fault: UnicodeError) -> tuple[str, int]:
    assert isinstance(fault, UnicodeDecodeError)
    return "".join(map(_HALVES.__getitem__, fault.object[fault.start : fault.end])), fault.end


_HALVES = tuple(map(chr, range(0xDC00, 0xDD00)))


codecs.register_error(_AS_HALVES, _halves)

"""Values of parameters, drawn at random: places, paths, commands, dates... in English and Chinese.

`KINDS[kind](rng, chinese)` gives one value. Most are fresh letters or words, so that a model that wants to be
right has to copy them out of the request.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent
WORDS = (FOLDER / "words.txt").read_text(encoding="utf-8").split()

HAN_COMMON = sorted(
    set(
        "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学"
        "么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因"
        "很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信"
        "重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望"
        "教命花结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈"
        "变通师立象数四失满战远格士音轻目条呢病始达深完今提求清王化空业思切怎非找片罗钱南京杭州北圳广都武汉庆苏沈阳青岛厦"
        "福温湖江河城区县市省街店酒商品价票航班火订单号码邮件录执查询搜索翻译计算器湿雨雪晴云热冷预股汇率货币欧镑程议醒闹"
        "钟歌曲播灯闭设置调节印保存删除创建更送读取列显示图视频笔联系址距离线导餐厅菜谱影闻递包裹密户账余额"
    )
)
_GB2312 = [bytes([a, b]) for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF) if not (a == 0xD7 and b > 0xF9)]
HAN = [pair.decode("gb2312") for pair in _GB2312]

CITIES = (
    "Paris,London,Berlin,Tokyo,Madrid,Rome,Hangzhou,Shanghai,Beijing,Boston,Chicago,Oslo,Lima,Cairo,Sydney,Toronto,"
    "Dublin,Vienna,Prague,Moscow,Delhi,Seoul,Austin,Denver,Nairobi,Munich,Shenzhen,Lisbon,Athens,Zurich,"
    "New York,San Francisco,Hong Kong,Los Angeles,Hangzhou,Beijing,Paris,London"
).split(",")
CITIES_ZH = (
    "北京 上海 广州 深圳 杭州 南京 成都 武汉 重庆 西安 苏州 天津 长沙 青岛 厦门 福州 沈阳 大连 宁波 郑州 昆明 哈尔滨 合肥 济南"
    " 无锡 东京 巴黎 伦敦 纽约 温州 拉萨 三亚 杭州 北京"
).split()
NOUNS_ZH = (
    "会议 报告 项目 计划 文档 数据 模型 服务器 测试 客户 产品 发布 周报 日程 午餐 培训 面试 合同 发票 预算 设计 方案 代码 接口"
    " 缓存 日志 备份 网络 电影 音乐 手机 电脑 咖啡 书 鞋 耳机 客厅 卧室 厨房 书房 人工智能 新能源 足球 股市 旅游 健康"
).split()
EXTENSIONS = "py txt md json csv log yaml toml c rs go html sh js ts".split()
COMMANDS = [
    *("ls", "ls", "ls -la", "pwd", "git status", "git diff --stat", "df -h", "uname -a", "whoami", "date", "ps aux"),
    *("make test", "cat /etc/hosts", "python3 main.py", "npm install", "npm test", "git log -5", "free -m", "echo hi"),
    *("echo hello", "pytest -q", "ls -l", "git diff", "cargo build", "docker ps", "ls /tmp", "uptime"),
]
PROGRAMS = "ls cat rm cp grep git make python3 find mkdir curl head tail wc echo touch npm docker pip".split()
LANGUAGES = "French German Spanish Italian Chinese Japanese Korean Russian Arabic Dutch Greek English Polish".split()
LANGUAGES_ZH = "英语 英文 法语 德语 日语 韩语 俄语 西班牙语 中文 意大利语".split()
SIGNS = "Aries Taurus Gemini Cancer Leo Virgo Libra Scorpio Sagittarius Capricorn Aquarius Pisces".split()
SIGNS_ZH = "白羊座 金牛座 双子座 巨蟹座 狮子座 处女座 天秤座 天蝎座 射手座 摩羯座 水瓶座 双鱼座".split()
LEVELS = "low medium high urgent critical normal P0 P1 P2".split()
CURRENCIES = "USD EUR CNY JPY GBP CHF INR KRW AUD CAD HKD".split()
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ONSETS = "b c d f g h j k l m n p r s t v w z br cr dr fl gr kl pl pr st tr sh ch th".split()
_VOWELS = "a e i o u a e i o ai ea ou".split()
_ENDS = ["", "", "", "n", "r", "l", "s", "t", "x", "m", "k", "ck", "nd"]

Value = str | int | float | bool


def pseudo(rng: Random) -> str:
    """A word that no language has."""
    syllables = rng.choice((1, 2, 2, 2, 3))
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(syllables))


def word(rng: Random) -> str:
    return pseudo(rng) if rng.random() < 0.5 else rng.choice(WORDS)


def words(rng: Random, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def han(rng: Random, count: int = 0) -> str:
    count = count or rng.choice((2, 2, 2, 3, 3, 4))
    if count <= 4 and rng.random() < 0.35:
        return rng.choice(NOUNS_ZH)
    return "".join(rng.choice(HAN_COMMON if rng.random() < 0.7 else HAN) for _ in range(count))


def place(rng: Random, chinese: bool) -> str:
    if chinese:
        return rng.choice(CITIES_ZH) if rng.random() < 0.4 else han(rng, rng.choice((2, 2, 2, 3)))
    choice = rng.random()
    if choice < 0.3:
        return rng.choice(CITIES)
    name = word(rng).capitalize()
    return name if choice < 0.85 else f"{name} {word(rng).capitalize()}"


def person(rng: Random, chinese: bool) -> str:
    if chinese and rng.random() < 0.6:
        return han(rng, rng.choice((2, 3)))
    return word(rng).capitalize() + (f" {word(rng).capitalize()}" if rng.random() < 0.3 else "")


def email(rng: Random, chinese: bool) -> str:
    tail = rng.choice(("", "." + word(rng), str(rng.randint(1, 99))))
    return f"{word(rng)}{tail}@{word(rng)}.{rng.choice(('com', 'org', 'io', 'cn'))}"


def path(rng: Random, chinese: bool) -> str:
    folders = [word(rng) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    root = rng.choice(("/", "", "./", "/home/", "/tmp/", "/etc/", "src/", "~/", "/root/", "/workspace/"))
    name = rng.choice(("README", "main", "index", "config", "TODO", "test_" + word(rng))) if rng.random() < 0.2 else word(rng)
    if rng.random() < 0.1:
        name += rng.choice("-_") + word(rng)
    ending = "." + rng.choice(EXTENSIONS) if rng.random() < 0.8 else ""
    return root + "".join(folder + "/" for folder in folders) + name + ending


def cmd(rng: Random, chinese: bool) -> str:
    if rng.random() < 0.4:
        return rng.choice(COMMANDS)
    parts = [rng.choice(PROGRAMS) if rng.random() < 0.9 else word(rng)]
    for _ in range(rng.choice((1, 1, 2, 3))):
        choice = rng.randrange(5)
        letters = "".join(rng.choice("alrnhvfq") for _ in range(rng.choice((1, 1, 2))))
        parts.append(("-" + letters, path(rng, False), word(rng), "--" + word(rng), str(rng.randint(0, 99)))[choice])
    return " ".join(parts)


def url(rng: Random, chinese: bool) -> str:
    tail = "".join("/" + word(rng) for _ in range(rng.choice((0, 1, 2))))
    return f"https://{word(rng)}.{rng.choice(('com', 'org', 'dev', 'cn'))}{tail}"


def glob(rng: Random, chinese: bool) -> str:
    pattern = rng.choice(("*.", "**/*.", word(rng) + "*.", "src/**/*."))
    return pattern + rng.choice(EXTENSIONS)


def integer(rng: Random, chinese: bool) -> int:
    choice = rng.random()
    return rng.randint(0, 9) if choice < 0.3 else rng.randint(10, 99) if choice < 0.6 else rng.randint(100, 99999)


def number(rng: Random, chinese: bool) -> int | float:
    if rng.random() < 0.4:
        return rng.choice((rng.randint(1, 99), rng.randint(1, 50) * 10))
    return round(rng.random() * rng.choice((10, 100, 1000)) + 0.1, rng.choice((1, 2)))


def date(rng: Random, chinese: bool) -> str:
    return f"20{rng.randint(10, 39)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def time(rng: Random, chinese: bool) -> str:
    return f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"


def identifier(rng: Random, chinese: bool) -> str:
    letters = "".join(rng.choice(CAPITALS) for _ in range(rng.choice((1, 2, 3))))
    return letters + rng.choice(("-", "", "_")) + str(rng.randint(10, 99999))


def text(rng: Random, chinese: bool) -> str:
    if chinese:
        return han(rng, rng.randint(5, 10))
    line = words(rng, rng.randint(2, 7))
    return line[0].upper() + line[1:] if rng.random() < 0.2 else line


def term(rng: Random, chinese: bool) -> str:
    if chinese:
        return han(rng, rng.choice((2, 3, 4)))
    name = words(rng, 1 if rng.random() < 0.55 else 2)
    return name.title() if rng.random() < 0.15 else name


def single(rng: Random, chinese: bool) -> str:
    choice = rng.random()
    if chinese and choice < 0.5:
        return han(rng)
    name = word(rng)
    return name if choice < 0.5 else name.capitalize() if choice < 0.7 else identifier(rng, False)


def expression(rng: Random, chinese: bool) -> str:
    line = str(rng.randint(1, 999))
    for _ in range(rng.choice((1, 1, 2))):
        line += rng.choice((" + ", "+", " * ", "*", " - ", "-", "/")) + str(rng.randint(1, 999))
    return line


def currency(rng: Random, chinese: bool) -> str:
    return rng.choice(CURRENCIES) if rng.random() < 0.7 else "".join(rng.choice(CAPITALS) for _ in range(3))


def symbol(rng: Random, chinese: bool) -> str:
    return "".join(rng.choice(CAPITALS) for _ in range(rng.choice((3, 4, 4))))


def _one_of(english: list[str], other: list[str]) -> Callable[[Random, bool], Value]:
    return lambda rng, chinese: rng.choice(other if chinese else english)


KINDS: dict[str, Callable[[Random, bool], Value]] = {
    "place": place,
    "person": person,
    "email": email,
    "path": path,
    "cmd": cmd,
    "url": url,
    "glob": glob,
    "int": integer,
    "num": number,
    "bool": lambda rng, chinese: rng.random() < 0.5,
    "date": date,
    "time": time,
    "id": identifier,
    "text": text,
    "term": term,
    "word": single,
    "expr": expression,
    "cur": currency,
    "sym": symbol,
    "lang": _one_of(LANGUAGES, LANGUAGES_ZH),
    "sign": _one_of(SIGNS, SIGNS_ZH),
    "level": _one_of(LEVELS, LEVELS),
}
# Those that a Chinese request may name in Chinese.
CHINESE_KINDS = frozenset(("place", "term", "text", "person", "word", "lang", "sign"))

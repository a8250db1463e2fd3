"""Which URLs are one article, one picture, and where else they can be asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkcheck import urls
from linkcheck.model import Expects, Role
from linkcheck.targets import load, sites
from linkcheck.targets.decoders import DECODERS
from linkcheck.targets.rulebook import KeyExample

RULES = load()
EXAMPLES = [example for site in RULES.sites for example in site.examples]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.url for example in EXAMPLES])
def test_every_shipped_site_keys_its_examples(example: KeyExample) -> None:
    url = urls.resolve(example.url) or ""
    assert (sites.key(url, RULES) or sites.image_key(url, RULES)) == example.key


@pytest.mark.parametrize(
    "spellings",
    [
        [
            "https://www.dw.com/zh/中 国/a-65967606",
            "https://www.dw.com/zh/%e4%b8%ad/a-65967606",
            "http://dw.com/a-65967606#top",
            "https://m.dw.com/pt-br/x/a-65967606?maca=zh-rss",
            "https://www.dw.de/x/a-65967606",
            "https://amp.dw.com/zh/x/a-65967606/",
            "https://api.dw.com/api/detail/article/65967606",
            "https://www.dw.com/graph-api/zh/content/article/65967606",
        ],
        ["https://p.dw.com/p/40Jt8", "https://p.dw.com/p/40Jt8?maca=x", "https://www.dw.com/de/x/a-59181798"],
        [
            "http://www.dw-world.de/dw/article/0,,1234567,00.html",
            "http://dw-world.de/dw/article/0,2144,1234567,00.html",
        ],
        [
            "https://www.bbc.com/zhongwen/simp/chinese-news-65955001",
            "http://bbc.com/zhongwen/trad/chinese-news-65955001",
        ],
        ["https://www.voachinese.com/a/slug-20230130/6939487.html", "https://m.voachinese.com/a/6939487.html?x=1"],
        [
            "https://cn.nytimes.com/china/20230620/slug/",
            "https://cn.nytimes.com/china/20230620/slug",
            "https://cn.nytimes.com/china/20230620/slug/zh-hant/?utm_source=RSS",
            "https://m.cn.nytimes.com/china/20230620/slug/dual/",
        ],
        ["https://cn.nytimes.com/china/20230620/%e4%b8%ad/", "https://cn.nytimes.com/china/20230620/%E4%B8%AD/en-us/"],
    ],
)
def test_spellings_of_one_article_have_one_key(spellings: list[str]) -> None:
    keys = {sites.key(urls.resolve(url) or "", RULES) for url in spellings}
    assert len(keys) == 1
    assert None not in keys


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("40Jt8", "59181798"),
        ("41wLY", "59567960"),
        ("4NzKy", "64822672"),
        ("1HbUi", "18972044"),
        ("4Nxh4", "64816354"),
        ("4K361", "63883809"),
        ("3lUln", "55648707"),
        ("2eoYy", "39280160"),
    ],
)
def test_short_codes_are_numbers_in_base_62(code: str, number: str) -> None:
    assert sites.key(f"https://p.dw.com/p/{code}", RULES) == f"dw:article:{number}"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.dw.com/zh/s-9058",
        "https://www.dw.com/zh/x/t-123",
        "https://www.dw.com/zh/x/person-123",
        "https://www.dw.com/zh/?from=/zh/a-65967606",
        "https://www.dw.com/zh/a-65967606x",
        "https://p.dw.com/p/",
        "https://static.dw.com/image/60003556_303.jpg",
        "https://www.bbc.com/news/world-65955001",
        "https://www.bbc.com/zhongwen/topics/ckr7mn6r003t/simp",
        "https://www.rfa.org/mandarin/x/hcm2-07132020090240.html/@@images/a.jpeg",
        "https://cn.nytimes.com/china/20230620/",
        "https://www.voachinese.com/z/1739",
        "https://evil.example/https://www.dw.com/zh/a-65967606",
        "https://dw.com.evil.example/zh/a-65967606",
        "mailto:a@dw.com",
    ],
)
def test_what_is_no_article_has_no_key(url: str) -> None:
    """Sections, topics, start pages and other people's hosts are never articles."""
    assert sites.key(url, RULES) is None


def test_an_address_of_the_api_leads_to_the_page_in_the_documents_language() -> None:
    found = sites.match("https://api.dw.com/api/detail/article/65767213", RULES)
    assert found is not None
    assert found.role is Role.API
    assert [(other.url, other.role, other.expects) for other in sites.candidates(found, "zh")] == [
        ("https://www.dw.com/zh/a-65767213", Role.PAGE, Expects.PAGE)
    ]
    assert sites.candidates(found)[0].url == "https://www.dw.com/en/a-65767213"


def test_a_page_states_its_own_language_and_its_fallbacks_keep_it() -> None:
    found = sites.match("https://www.dw.com/de/x/a-1", RULES)
    assert found is not None
    assert sites.candidates(found, "zh") == ()
    assert [other.url for other in sites.fallbacks(found, "zh")] == [
        "https://www.dw.com/de/a-1",
        "https://www.dw.com/graph-api/de/content/article/1",
        "https://api.dw.com/api/detail/article/1",
    ]


def test_the_language_is_the_one_of_the_documents_own_site() -> None:
    dw = next(site for site in RULES.sites if site.id == "dw")
    assert sites.language("https://www.dw.com/pt-br/x/a-1", dw, RULES) == "pt-br"
    assert sites.language("https://www.dw.com/a-1", dw, RULES) is None
    assert sites.language("https://cn.nytimes.com/china/20230620/slug/", dw, RULES) is None
    assert sites.language(None, dw, RULES) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.dw.com/api/detail/article/1", "id"),
        ("https://www.dw.com/graph-api/zh/content/article/1", "data.content.id"),
        ("https://www.dw.com/zh/a-1", None),
        ("https://e.org/", None),
    ],
)
def test_a_good_answer_of_an_api_is_known_by_a_path(url: str, expected: str | None) -> None:
    assert sites.json_path(url, RULES) == expected


def test_titles_of_missing_pages_are_known_by_site() -> None:
    patterns = sites.soft_not_found_titles("https://www.dw.com/zh/a-1", RULES)
    assert any(pattern.fullmatch("404") for pattern in patterns)
    assert not any(pattern.fullmatch("404 days in the camp") for pattern in patterns)
    assert sites.soft_not_found_titles("https://e.org/", RULES) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://static.dw.com/image/60003556_303.jpg",
            [f"https://static.dw.com/image/60003556_{size}.jpg" for size in ("607", "606", "605", "604", "304", "302")],
        ),
        (
            "http://api.dw.com/image/1_607.jpeg",
            [f"https://static.dw.com/image/1_{n}.jpg" for n in ("607", "606", "605", "604", "304", "303", "302")],
        ),
        (
            "https://ichef.bbci.co.uk/news/800/cpsprodpb/1/x.jpg",
            [f"https://ichef.bbci.co.uk/news/{width}/cpsprodpb/1/x.jpg" for width in (1536, 1024, 640)],
        ),
        (
            "https://static01.nyt.com/images/2023/x-jumbo-v2.jpg",
            [
                f"https://static01.nyt.com/images/2023/x-{n}-v2.jpg"
                for n in ("superJumbo", "master1050", "articleLarge")
            ],
        ),
        ("https://static.dw.com/image/x.jpg", []),
        ("https://e.org/image/1_303.jpg", []),
    ],
)
def test_other_sizes_of_a_picture_come_largest_first_without_itself(url: str, expected: list[str]) -> None:
    assert list(sites.renditions(url, RULES)) == expected


@pytest.mark.parametrize(
    ("url", "size"),
    [
        ("https://static.dw.com/image/60003556_303.jpg", (700, 394)),
        ("https://static.dw.com/image/60003556_304.jpg", (940, 529)),
        ("https://static.dw.com/image/60003556_605.jpg", None),
        ("https://e.org/a_303.jpg", None),
    ],
)
def test_a_rendition_promises_its_size(url: str, size: tuple[int, int] | None) -> None:
    assert sites.expected_size(url, RULES) == size


@pytest.mark.parametrize(
    ("decoder", "text", "expected"),
    [
        ("base62", "", None),
        ("base62", "Z-", None),
        ("base62", "10", "62"),
        ("base62", "A", "10"),
        ("base62-lower-first", "a", "10"),
        ("base36", "zz", "1295"),
        ("hex", "ff", "255"),
        ("percent", "%E4%B8%AD", "中"),
        ("lower", "AbC", "abc"),
    ],
)
def test_decoders_read_what_they_can(decoder: str, text: str, expected: str | None) -> None:
    assert DECODERS[decoder](text) == expected


HOSTS = ["www.dw.com", "p.dw.com", "api.dw.com", "www.bbc.com", "cn.nytimes.com", "www.rfa.org", "www.voachinese.com"]


@given(st.sampled_from(HOSTS), st.text(max_size=60))
def test_any_url_of_a_site_is_judged_without_an_exception(host: str, text: str) -> None:
    url = urls.resolve(f"https://{host}/{text}")
    if url:
        sites.key(url, RULES)
        sites.renditions(url, RULES)


@given(
    st.sampled_from(["http", "https"]),
    st.sampled_from(["", "www.", "amp."]),
    st.sampled_from(["", "zh/", "de/", "pt-br/"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/?#\\"), max_size=20),
    st.integers(1, 10**9),
    st.sampled_from(["", "?maca=zh-rss", "#x", "/?a=/a-7"]),
)
def test_decoration_never_changes_a_key(
    scheme: str, prefix: str, language: str, slug: str, number: int, tail: str
) -> None:
    """Scheme, subdomain, language, slug, query and fragment are decoration; the number is the article."""
    url = urls.resolve(f"{scheme}://{prefix}dw.com/{language}{slug}/a-{number}{tail}")
    assert url is not None
    found = sites.match(url, RULES)
    assert found is not None
    assert found.key == f"dw:article:{number}"
    assert all(sites.key(other.url, RULES) == found.key for other in sites.fallbacks(found, "zh"))

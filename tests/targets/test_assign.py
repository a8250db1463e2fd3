"""What a reference is to its document, and what is asked for it."""

import re

import pytest

from linkcheck.model import Expects, Kind, Reference, Role, Span, Target
from linkcheck.targets import Rules, Selection, assign, document_key, fallbacks, load

RULES = load()
OWN = "https://www.dw.com/zh/%E4%B8%AD/a-65967606"
PLACE = Span(0, 1, 1, 1, 1, 2)


def reference(url: str | None, kind: Kind = Kind.LINK, element: str | None = "a", **more: object) -> Reference:
    return Reference("a.md", PLACE, url or "", url, kind, element, **more)  # type: ignore[arg-type]  # fields by name


def assigned(
    given: Reference, own: str | None = OWN, rules: Rules = RULES, selection: Selection | None = None
) -> Reference:
    return assign(given, document_key(own, rules), own, rules, selection)


def shape(found: Reference) -> list[tuple[str, str, str]]:
    return [(target.role.value, target.expects.value, target.url) for target in found.targets]


@pytest.mark.parametrize(
    ("url", "kind", "element", "expected_kind", "expected"),
    [
        ("https://e.org/x", Kind.LINK, "a", Kind.LINK, [("self", "page", "https://e.org/x")]),
        (OWN, Kind.LINK, None, Kind.ARTICLE, [("self", "page", OWN)]),
        (OWN, Kind.LINK, "a", Kind.ARTICLE, [("self", "page", OWN)]),
        (OWN, Kind.LINK, "meta", Kind.ARTICLE, [("self", "page", OWN)]),
        (OWN + "#part", Kind.LINK, "a", Kind.ARTICLE, [("self", "page", OWN + "#part")]),
        (OWN.lower(), Kind.LINK, "a", Kind.ARTICLE, [("self", "page", OWN.lower())]),
        (
            "https://www.dw.com/a-65967606",
            Kind.LINK,
            None,
            Kind.ARTICLE,
            [("self", "page", "https://www.dw.com/a-65967606")],
        ),
        (
            "https://www.dw.com/a-65967606",
            Kind.LINK,
            "a",
            Kind.LINK,
            [("self", "page", "https://www.dw.com/a-65967606")],
        ),
        (
            "https://api.dw.com/api/detail/article/65967606",
            Kind.LINK,
            None,
            Kind.LINK,
            [("self", "page", "https://api.dw.com/api/detail/article/65967606")],
        ),
        (
            "https://www.dw.com/zh/x/a-7",
            Kind.LINK,
            "a",
            Kind.CROSS_REFERENCE,
            [("self", "page", "https://www.dw.com/zh/x/a-7")],
        ),
        (
            "https://cn.nytimes.com/china/20230620/slug/",
            Kind.LINK,
            None,
            Kind.CROSS_REFERENCE,
            [("self", "page", "https://cn.nytimes.com/china/20230620/slug/")],
        ),
        (
            "https://api.dw.com/api/detail/article/7",
            Kind.LINK,
            "a",
            Kind.CROSS_REFERENCE,
            [
                ("api", "json", "https://api.dw.com/api/detail/article/7"),
                ("page", "page", "https://www.dw.com/zh/a-7"),
            ],
        ),
        (
            "https://p.dw.com/p/40Jt8",
            Kind.LINK,
            "a",
            Kind.CROSS_REFERENCE,
            [("self", "page", "https://p.dw.com/p/40Jt8"), ("page", "page", "https://www.dw.com/zh/a-59181798")],
        ),
        (
            "https://www.dw.com/zh/x/a-7",
            Kind.LINK,
            "link",
            Kind.LINK,
            [("self", "page", "https://www.dw.com/zh/x/a-7")],
        ),
        ("https://www.dw.com/zh/s-9058", Kind.LINK, "a", Kind.LINK, [("self", "page", "https://www.dw.com/zh/s-9058")]),
        ("https://e.org/a.jpg", Kind.IMAGE, "img", Kind.IMAGE, [("self", "image", "https://e.org/a.jpg")]),
        (
            "https://imagedelivery.net/H/I/public",
            Kind.IMAGE,
            "img",
            Kind.IMAGE,
            [("self", "image", "https://imagedelivery.net/H/I/public")],
        ),
        (
            "https://images.weserv.nl/?url=static.dw.com/image/1_303.jpg",
            Kind.IMAGE,
            "img",
            Kind.IMAGE_PROXY,
            [
                ("proxied", "image", "https://images.weserv.nl/?url=static.dw.com/image/1_303.jpg"),
                ("origin", "image", "https://static.dw.com/image/1_303.jpg"),
            ],
        ),
        (
            "https://i1.wp.com/e.org/a.jpg?ssl=1",
            Kind.LINK,
            "a",
            Kind.LINK,
            [("proxied", "image", "https://i1.wp.com/e.org/a.jpg?ssl=1"), ("origin", "image", "https://e.org/a.jpg")],
        ),
        (
            "https://api.allorigins.win/raw?url=https%3A%2F%2Fe.org%2Fa",
            Kind.LINK,
            "a",
            Kind.LINK,
            [
                ("proxied", "any", "https://api.allorigins.win/raw?url=https%3A%2F%2Fe.org%2Fa"),
                ("origin", "any", "https://e.org/a"),
            ],
        ),
        (
            "https://wsrv.nl/?url=ftp://e.org/a.jpg",
            Kind.IMAGE,
            "img",
            Kind.IMAGE_PROXY,
            [("proxied", "image", "https://wsrv.nl/?url=ftp://e.org/a.jpg")],
        ),
        ("https://e.org/a.mp4", Kind.MEDIA, "video", Kind.MEDIA, [("self", "any", "https://e.org/a.mp4")]),
        ("https://e.org/a.PDF", Kind.LINK, "a", Kind.LINK, [("self", "any", "https://e.org/a.PDF")]),
        ("https://e.org/a.css", Kind.RESOURCE, "link", Kind.RESOURCE, [("self", "any", "https://e.org/a.css")]),
        ("mailto:a@e.org", Kind.LINK, "a", Kind.LINK, []),
        ("data:text/plain,x", Kind.LINK, "a", Kind.LINK, []),
        ("data:image/gif;base64,R0", Kind.IMAGE, "img", Kind.IMAGE, [("self", "image", "data:image/gif;base64,R0")]),
        (None, Kind.IMAGE, "img", Kind.IMAGE, []),
    ],
)
def test_a_reference_gets_its_kind_and_its_targets(
    url: str | None, kind: Kind, element: str | None, expected_kind: Kind, expected: list[tuple[str, str, str]]
) -> None:
    found = assigned(reference(url, kind, element))
    assert (found.kind, shape(found)) == (expected_kind, expected)


def test_what_stands_in_the_file_is_kept() -> None:
    given = reference("https://e.org/x", problem="odd", rel=("nofollow",), attribute="href")
    found = assigned(given)
    assert (found.span, found.raw, found.url, found.problem, found.rel, found.attribute) == (
        given.span,
        given.raw,
        given.url,
        given.problem,
        given.rel,
        given.attribute,
    )


@pytest.mark.parametrize(
    ("url", "element", "key"),
    [
        ("https://p.dw.com/p/40Jt8", "a", "dw:article:59181798"),
        ("https://www.dw.com/zh/x/a-7", "a", "dw:article:7"),
        ("https://www.dw.com/zh/x/a-7", "link", None),
        ("https://www.dw.com/a-65967606", "a", None),
        (OWN, None, None),
        ("https://e.org/x", "a", None),
    ],
)
def test_a_cross_reference_knows_the_article_it_leads_to(url: str, element: str | None, key: str | None) -> None:
    """So that an article which the archive holds itself need not be asked for."""
    assert assigned(reference(url, element=element)).key == key


def test_a_stand_in_of_the_proxy_is_no_answer() -> None:
    url = "https://wsrv.nl/?url=e.org/a.jpg&default=https://f.org/none.png"
    proxied, origin = assigned(reference(url, Kind.IMAGE, "img")).targets
    assert (proxied.substitutes, origin.substitutes) == (("https://f.org/none.png",), ())


def test_images_are_asked_for_as_the_documents_own_page_would() -> None:
    direct = assigned(reference("https://e.org/a.jpg", Kind.IMAGE, "img"))
    proxied, origin = assigned(reference("https://wsrv.nl/?url=e.org/a.jpg", Kind.IMAGE, "img")).targets
    assert [target.referer for target in (*direct.targets, proxied, origin)] == [OWN, None, OWN]
    assert assigned(reference("https://e.org/x")).targets[0].referer is None


def test_local_targets_stay_as_they_are() -> None:
    local = Target("images/a.png", Role.LOCAL, Expects.IMAGE)
    given = reference("images/a.png", Kind.IMAGE, "img", targets=(local,))
    assert assigned(given) == given


def test_an_article_reference_by_link_type_needs_no_site_rule() -> None:
    """The feed's own mark `rel=ArticleRef` leads to another article whatever the host."""
    found = assigned(reference("https://e.org/x", rel=("articleref",)))
    assert (found.kind, shape(found)) == (Kind.CROSS_REFERENCE, [("self", "page", "https://e.org/x")])


def test_an_article_reference_to_the_document_itself_stays_one() -> None:
    found = assigned(reference("https://api.dw.com/api/detail/article/65967606", rel=("articleref",)))
    assert found.kind is Kind.CROSS_REFERENCE


def test_a_document_without_a_url_has_no_article() -> None:
    found = assigned(reference("https://api.dw.com/api/detail/article/7"), own=None)
    assert shape(found)[1] == ("page", "page", "https://www.dw.com/en/a-7")


def test_both_schemes_of_an_origin_are_one_target() -> None:
    found = assigned(reference("https://images.weserv.nl/?url=static.dw.com/image/1_303.jpg", Kind.IMAGE, "img"))
    proxied, origin = found.targets
    assert (proxied.alternates, proxied.renditions) == ((), ())
    assert origin.alternates == ("http://static.dw.com/image/1_303.jpg",)
    assert origin.renditions[0] == "https://static.dw.com/image/1_607.jpg"


def test_a_direct_image_brings_its_other_sizes() -> None:
    found = assigned(reference("https://static.dw.com/image/1_303.jpg", Kind.IMAGE, "img"))
    assert len(found.targets[0].renditions) == 6


def test_an_origin_that_must_not_be_asked_is_no_target() -> None:
    """What hides behind a proxy is excluded like what stands in the open."""
    found = assigned(reference("https://images.weserv.nl/?url=archive.ph/a.jpg", Kind.IMAGE, "img"))
    assert [target.role for target in found.targets] == [Role.PROXIED]


def test_fallbacks_name_what_may_still_be_asked() -> None:
    found = assigned(reference("https://www.dw.com/zh/x/a-7"))
    assert [(target.role, target.url) for target in fallbacks(found, OWN, RULES)] == [
        (Role.PAGE, "https://www.dw.com/zh/a-7"),
        (Role.API, "https://www.dw.com/graph-api/zh/content/article/7"),
        (Role.API, "https://api.dw.com/api/detail/article/7"),
    ]


def test_fallbacks_ask_nothing_twice() -> None:
    found = assigned(reference("https://api.dw.com/api/detail/article/7"))
    assert [target.url for target in fallbacks(found, OWN, RULES)] == [
        "https://www.dw.com/graph-api/zh/content/article/7"
    ]


@pytest.mark.parametrize("url", ["https://e.org/x", None, "mailto:a@e.org"])
def test_ordinary_links_have_no_fallbacks(url: str | None) -> None:
    assert fallbacks(assigned(reference(url)), OWN, RULES) == ()


@pytest.mark.parametrize(
    ("selection", "url", "expected"),
    [
        (Selection(), "https://e.org/x", None),
        (Selection(include=(re.compile("e\\.org"),)), "https://e.org/x", None),
        (
            Selection(include=(re.compile("f\\.org"), re.compile("zz"))),
            "https://e.org/x",
            r"matches no `--include f\.org --include zz`",
        ),
        (Selection(exclude=(re.compile("/x$"),)), "https://e.org/x", "excluded by `--exclude /x$`"),
        (
            Selection(include=(re.compile("e"),), exclude=(re.compile("x"),)),
            "https://e.org/x",
            "excluded by `--exclude x`",
        ),
        (Selection(kinds=(Kind.LINK,)), "https://e.org/x", None),
        (
            Selection(kinds=(Kind.IMAGE, Kind.MEDIA)),
            "https://e.org/x",
            "kind `link` is not among `--kind image --kind media`",
        ),
        (Selection(kinds=(Kind.CROSS_REFERENCE,)), "https://www.dw.com/zh/a-7", None),
        (Selection(exclude=(re.compile("^mailto:"),)), "mailto:a@e.org", "excluded by `--exclude ^mailto:`"),
        (Selection(kinds=(Kind.IMAGE,)), None, "kind `link` is not among `--kind image`"),
    ],
)
def test_what_the_user_did_not_select_says_so(selection: Selection, url: str | None, expected: str | None) -> None:
    """No exclusion is silent: the sentence names the option."""
    assert assigned(reference(url), selection=selection).ignored_by == expected


def test_a_local_file_can_be_deselected_too() -> None:
    local = Target("a.png", Role.LOCAL, Expects.IMAGE)
    found = assigned(reference("a.png", Kind.IMAGE, targets=(local,)), selection=Selection(kinds=(Kind.LINK,)))
    assert found.targets == (local,)
    assert found.ignored_by


@pytest.mark.parametrize(
    ("url", "is_excluded"),
    [
        ("https://archive.ph/AbCdE", True),
        ("http://www.archive.is/2020/https://e.org/", True),
        ("https://archive.today:443/x", True),
        ("https://archive.org/details/x", False),
        ("https://web.archive.org/web/2020/https://archive.ph/AbCdE", False),
    ],
)
def test_links_to_archive_today_are_listed_and_never_asked(url: str, is_excluded: bool) -> None:
    found = assigned(reference(url))
    assert bool(found.ignored_by) is is_excluded
    assert not is_excluded or "`archive-today`" in (found.ignored_by or "")


@pytest.mark.parametrize(
    ("rule", "given", "is_excluded"),
    [
        ({"pattern": "/ads/"}, reference("https://e.org/ads/1"), True),
        ({"pattern": "/ads/"}, reference("https://e.org/x"), False),
        ({"hosts": ["*.e.org"]}, reference("https://a.e.org/x"), True),
        ({"hosts": ["*.e.org"]}, reference("https://e.org/x"), False),
        ({"kinds": ["image-proxy"]}, reference("https://wsrv.nl/?url=e.org/a.jpg", Kind.IMAGE, "img"), True),
        ({"kinds": ["image"]}, reference("https://e.org/x"), False),
        ({"rel": ["nofollow"]}, reference("https://e.org/x", rel=("nofollow", "me")), True),
        ({"rel": ["nofollow"]}, reference("https://e.org/x"), False),
    ],
)
def test_an_exclusion_of_ones_own_applies_when_all_its_parts_do(
    rule: dict[str, object], given: Reference, is_excluded: bool
) -> None:
    rules = load(
        {"exclude": [{"id": "mine", "reason": "not mine to ask", "examples": ["https://a.e.org/ads/1"], **rule}]}
    )
    found = assigned(given, rules=rules)
    assert found.ignored_by == ("excluded by rule `mine`: not mine to ask" if is_excluded else None)

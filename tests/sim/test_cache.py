import pytest

from lab.sim.http import Problem
from lab.sim.prompt import Block, Cache, Plan, blocks, breakpoints


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def row(count: int, **marks: str) -> list[Block]:
    """`count` blocks of 100 tokens; b3="5m" sets a breakpoint on block 3."""
    ttls = {int(name[1:]): ttl for name, ttl in marks.items()}
    return [
        Block(b"%d" % at, 100, {"type": "ephemeral", "ttl": ttls[at]} if at in ttls else None, True)
        for at in range(count)
    ]


def ask(cache: Cache, prompt: list[Block], scope: str = "me", minimum: int = 0, automatic=None) -> Plan:
    plan = cache.plan(scope, prompt, breakpoints(prompt, automatic), minimum)
    cache.begin(plan)
    return plan


def counts(plan: Plan) -> tuple[int, int, int, int]:
    return plan.read, plan.write_1h, plan.write_5m, plan.input


AUTO = {"type": "ephemeral"}


def test_order_is_tools_system_messages_and_a_change_early_changes_all_after():
    body = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": AUTO}]}],
        "system": [{"type": "text", "text": "be brief", "cache_control": AUTO}],
        "tools": [{"name": "clock", "input_schema": {"type": "object"}, "cache_control": AUTO}],
    }
    order = [block.data.split(b"\0")[0] for block in blocks(body)]
    assert order == [b"tools", b"system", b"user"]
    cache = Cache(Clock())
    ask(cache, blocks(body))
    assert ask(cache, blocks(body)).input == 0
    changed = {**body, "tools": [{**body["tools"][0], "description": "tells the time"}]}
    assert ask(cache, blocks(changed)).read == 0


def test_prefix_must_match_byte_for_byte():
    cache = Cache(Clock())
    ask(cache, row(3, b2="5m"))
    other = row(3, b2="5m")
    other[1] = other[1]._replace(data=b"1 ")
    assert counts(ask(cache, other)) == (0, 0, 300, 0)


def test_string_content_is_one_text_block_and_same_role_turns_merge():
    def one(*messages):
        return [block.data for block in blocks({"messages": messages})]

    text = {"type": "text", "text": "a"}
    assert one({"role": "user", "content": "a"}) == one({"role": "user", "content": [text]})
    twice = [{"role": "user", "content": "a"}] * 2
    assert one(*twice) == one({"role": "user", "content": [text, text]})


@pytest.mark.parametrize(
    ("prompt", "automatic", "sentence"),
    [
        (row(9, b1="5m", b2="5m", b3="5m", b4="5m", b5="5m"), None, "At most 4"),
        (row(9, b1="5m", b2="5m", b3="5m", b4="5m"), AUTO, "At most 4"),
        (row(9, b1="5m", b2="1h"), None, "must not come after"),
        (row(9, b1="5m"), {**AUTO, "ttl": "1h"}, "must not come after"),
        (row(9, b8="1h"), AUTO, "another ttl"),
        (row(9, b8="2h"), None, "ttl must be"),
        (row(9), {"type": "eternal"}, "'ephemeral'"),
        ([row(1, b0="5m")[0]._replace(cacheable=False)], None, "cannot be set"),
    ],
)
def test_breakpoints_that_are_refused(prompt, automatic, sentence):
    with pytest.raises(Problem, match=sentence) as caught:
        breakpoints(prompt, automatic)
    assert caught.value.status == 400


def test_automatic_breakpoint_is_one_more_or_nothing_or_walks_back():
    assert breakpoints(row(9, b1="1h", b2="1h", b3="5m"), AUTO) == {1: "1h", 2: "1h", 3: "5m", 8: "5m"}
    full = row(9, b1="5m", b2="5m", b3="5m", b8="5m")
    assert breakpoints(full, AUTO) == breakpoints(full, None)
    prompt = row(4)
    prompt[3] = prompt[2] = prompt[3]._replace(cacheable=False)
    assert breakpoints(prompt, AUTO) == {1: "5m"}
    assert breakpoints([prompt[3]], AUTO) == {}


def test_writes_only_at_breakpoints():
    cache = Cache(Clock())
    ask(cache, row(10, b5="5m"))
    assert counts(ask(cache, row(5, b4="5m"))) == (0, 0, 500, 0)
    assert counts(ask(cache, row(6, b5="5m"))) == (600, 0, 0, 0)


@pytest.mark.parametrize(("breakpoint_at", "read"), [(34, 1600), (35, 0)])
def test_a_breakpoint_looks_back_at_twenty_positions_with_its_own(breakpoint_at, read):
    cache = Cache(Clock())
    ask(cache, row(16, b15="5m"))
    prompt = row(40, **{f"b{breakpoint_at}": "5m"})
    assert ask(cache, prompt).read == read


def test_a_second_breakpoint_reaches_what_the_last_one_cannot():
    cache = Cache(Clock())
    ask(cache, row(16, b15="5m"))
    assert counts(ask(cache, row(40, b15="5m", b39="5m"))) == (1600, 0, 2400, 0)


def test_shorter_than_the_minimum_is_not_cached():
    cache = Cache(Clock())
    assert counts(ask(cache, row(5, b4="5m"), minimum=501)) == (0, 0, 0, 500)
    assert counts(ask(cache, row(5, b4="5m"), minimum=500)) == (0, 0, 500, 0)
    assert counts(ask(cache, row(6, b1="5m", b5="5m"), minimum=500)) == (500, 0, 100, 0)


@pytest.mark.parametrize(("ttl", "seconds"), [("5m", 300), ("1h", 3600)])
def test_ttl_counts_from_the_start_of_the_request_that_wrote(ttl, seconds):
    clock = Clock()
    cache = Cache(clock)
    prompt = row(3, b2=ttl)
    plan = cache.plan("me", prompt, breakpoints(prompt, None), 0)
    clock.now += 100  # a long wait before the response begins eats into the entry's life
    cache.begin(plan)
    clock.now += seconds - 101
    assert cache.plan("me", prompt, {2: ttl}, 0).read == 300
    clock.now += seconds - 1
    assert cache.plan("me", prompt, {2: ttl}, 0).read == 300, "a hit refreshes"
    clock.now += seconds
    assert cache.plan("me", prompt, {2: ttl}, 0).read == 0


def test_entries_are_readable_once_the_response_begins():
    cache = Cache(Clock())
    prompt = row(3, b2="5m")
    plans = [cache.plan("me", prompt, {2: "5m"}, 0) for _ in range(3)]
    assert [plan.write_5m for plan in plans] == [300, 300, 300]
    cache.begin(plans[0])
    assert cache.plan("me", prompt, {2: "5m"}, 0).read == 300


def test_mixed_ttls_are_billed_a_b_c():
    cache = Cache(Clock())
    ask(cache, row(2, b1="1h"))
    assert counts(ask(cache, row(10, b1="1h", b4="1h", b7="5m"))) == (200, 300, 300, 200)
    assert counts(ask(cache, row(10, b1="1h", b4="1h", b7="5m"))) == (800, 0, 0, 200)
    usage = Plan(1, 2, 3, 4).usage()
    assert usage["cache_creation"] == {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}
    assert usage["cache_creation_input_tokens"] == 7


def test_scopes_do_not_see_each_other():
    cache = Cache(Clock())
    ask(cache, row(3, b2="5m"), scope="me")
    assert ask(cache, row(3, b2="5m"), scope="you").read == 0


def test_a_growing_chat_reads_what_it_had_and_writes_what_is_new():
    cache = Cache(Clock())
    assert counts(ask(cache, row(3), automatic=AUTO)) == (0, 0, 300, 0)
    assert counts(ask(cache, row(5), automatic=AUTO)) == (300, 0, 200, 0)
    assert counts(ask(cache, row(7), automatic=AUTO)) == (500, 0, 200, 0)

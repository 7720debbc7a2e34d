"""The items of a reply: their ids, what they hold while they grow and in the end."""

from dragoman.model.events import CallStarted
from dragoman.wire.openai_responses.output import FREEFORM, FUNCTION, MESSAGE, REASONING, CallItem, Item
from dragoman.wire.openai_responses.tools import Origin

CALL = CallStarted("toolu_1", "agents__spawn")


def test_a_message() -> None:
    item = Item(MESSAGE, "ab", 3)
    assert item.body("in_progress")["content"] == []
    assert (item.add("Hel"), item.add("lo"), item.finish(), item.whole) == ("Hel", "lo", "", True)
    assert item.body("completed") == {
        "id": "msg_ab03",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}],
    }
    assert item.place == {"item_id": "msg_ab03", "output_index": 3, "content_index": 0}


def test_thoughts_are_text_in_the_open_without_a_summary() -> None:
    item = Item(REASONING, "ab", 0)
    item.add("Hm.")
    body = item.body("completed")
    assert (body["id"], body["summary"]) == ("rs_ab00", [])
    assert body["content"] == [{"type": "reasoning_text", "text": "Hm."}]


def test_a_call_of_a_tool_in_a_namespace_has_the_clients_names() -> None:
    item = CallItem(CALL, Origin("spawn", "agents"), "ab", 1)
    assert item.kind is FUNCTION
    assert item.add('{"a":') + item.add("1}") + item.end() == '{"a":1}'
    assert item.whole
    assert item.body("completed") == {
        "id": "fc_ab01",
        "type": "function_call",
        "status": "completed",
        "call_id": "toolu_1",
        "name": "spawn",
        "namespace": "agents",
        "arguments": '{"a":1}',
    }
    assert "content_index" not in item.place


def test_a_freeform_call_holds_the_raw_text() -> None:
    item = CallItem(CALL, Origin("exec", freeform=True), "ab", 0)
    assert item.kind is FREEFORM
    assert item.add(r'{"input":"a\n') == "a\n"
    assert item.finish() == ""
    assert not item.whole
    assert item.add('b"}') == "b"
    assert item.end() == ""
    assert item.whole
    body = item.body("completed")
    assert (body["id"], body["type"], body["input"]) == ("ctc_ab00", "custom_tool_call", "a\nb")


def test_a_call_that_ended_without_arguments_gets_an_object_one_that_broke_off_does_not() -> None:
    ended, broken = CallItem(CALL, None, "ab", 0), CallItem(CALL, None, "ab", 0)
    assert (ended.end(), ended.whole) == ("{}", True)
    assert (broken.finish(), broken.whole) == ("", False)


def test_a_delta_is_framed_with_its_place() -> None:
    assert Item(MESSAGE, "ab", 0).frame % (7, b'"x"') == (
        b"event: response.output_text.delta\n"
        b'data: {"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_ab00",'
        b'"output_index":0,"content_index":0,"logprobs":[],"delta":"x"}\n\n'
    )

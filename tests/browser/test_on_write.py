"""`on_write` in a real page: a click lets a batch pass, and what is refused or cancelled never reaches the portal."""

from __future__ import annotations

from .conftest import PythonPage


def sent(app: PythonPage) -> list[str]:
    return [call.method for call in app.portal.rest.calls]


def test_a_click_lets_a_batch_pass_and_another_refuses(app: PythonPage) -> None:
    app.frame.evaluate(
        """() => {
          window.clicks = [];
          window.question = (text) => new Promise((resolve) => {
            const button = document.createElement("button");
            button.textContent = text;
            button.onclick = () => { button.remove(); resolve(window.clicks.push(text) === 1); };
            document.body.append(button);
            setTimeout(() => button.click(), 300);
          });
        }"""
    )
    told = app.python(
        """
        async def ask(write):
            return await js.question(f"{len(write.writes)} of {len(write.commands)}")
        stop = bx24.on_write(ask)
        calls = [["crm.deal.get", {"id": 1}]]
        calls += [["crm.deal.update", {"id": n, "fields": {"COMMENTS": "x"}}] for n in range(1, 60)]
        batch = bx24.call_batch(calls, timeout=0.25)
        refused = bx24.call_method("crm.deal.delete", {"id": 1})
        read = await bx24.call_method("crm.deal.get", {"id": 1})
        before = read.data["COMMENTS"]
        results = await batch
        name, text, _ = await failure(refused)
        stop()
        after = (await bx24.call_method("crm.deal.get", {"id": 1})).data["COMMENTS"]
        return before == "x", sum(result.error is None for result in results), after, name, text
        """
    )
    text = "crm.deal.delete: a function given to on_write refused it, so nothing was sent."
    assert told == [False, 60, "x", "WriteRefusedError", text]
    assert app.frame.evaluate("window.clicks") == ["59 of 60", "1 of 1"]
    assert sent(app)[0] == "crm.deal.get"
    assert [sent(app).count(method) for method in ("batch", "crm.deal.update", "crm.deal.delete")] == [2, 59, 0]


def test_a_cancelled_call_cancels_the_question(app: PythonPage) -> None:
    ended = app.python(
        """
        ended = []
        async def ask(write):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                ended.append(write.commands[0][0])
                raise
        stop = bx24.on_write(ask)
        try:
            async with asyncio.timeout(0.3):
                await bx24.call_method("crm.deal.add", {"fields": {"TITLE": "A"}})
        except TimeoutError:
            ended.append("timeout")
        stop()
        await bx24.call_method("user.current")
        return ended
        """
    )
    assert sorted(ended) == ["crm.deal.add", "timeout"]
    assert sent(app) == ["user.current"]


def test_skipping_sends_nothing_and_the_end_is_told(app: PythonPage) -> None:
    app.portal.rest.route("crm.deal.delete").drop().times(1)
    told = app.python(
        """
        ends, answers = [], ["skip", True, True]
        def ask(write):
            write.on_end(lambda results: ends.append([error_of(one) for one in results]))
            return answers.pop(0)
        def error_of(result):
            error = result.error
            return error and ("unknown" if error.maybe_executed else type(error).__name__)
        stop = bx24.on_write(ask)
        calls = [["crm.deal.update", {"id": n, "fields": {"COMMENTS": "y"}}] for n in range(1, 120)]
        skipped = [one.data for one in await bx24.call_batch(calls)]
        await bx24.call_batch([*calls[:60], ["crm.deal.update", {"id": 999999}]])
        await failure(bx24.call_method("crm.deal.delete", {"id": 1}))
        stop()
        await asyncio.sleep(0)
        return skipped == [None] * 119, [sorted(set(map(str, end))) for end in ends], len(ends[1])
        """
    )
    assert told == [True, [["WriteRefusedError"], ["None", "RestError"], ["unknown"]], 61]
    assert sent(app).count("crm.deal.update") == 61

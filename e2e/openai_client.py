"""Drives a running server with the unmodified `openai` package.

Usage: python openai_client.py http://127.0.0.1:8080/v1 [MODEL]
Exits with 1 and says why when an answer is not what OpenAI's client expects. Needs `pip install openai`.
"""

import sys

import openai


def check(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")
    print(f"ok: {what}")


def main(base_url, model=None):
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=300)
    model = model or client.models.list().data[0].id
    ask = {
        "model": model,
        "messages": [{"role": "user", "content": "Count from one to five."}],
        "max_tokens": 24,
        "temperature": 0,
        "seed": 1,
    }

    whole = client.chat.completions.create(**ask)
    text = whole.choices[0].message.content
    check(len(text) > 0, f"a whole answer: {text!r}")
    check(whole.choices[0].finish_reason in ("stop", "length"), "a finish reason")
    usage = whole.usage
    check(0 < usage.completion_tokens <= 24, f"{usage.completion_tokens} completion tokens")
    check(usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, "usage adds up")

    chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    check(chunks[0].choices[0].delta.role == "assistant", "the first chunk has the role")
    streamed = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    check(streamed == text, "the stream says what the whole answer says")
    check(chunks[-1].usage.completion_tokens == usage.completion_tokens, "the last chunk has the usage")
    check(sum(len(chunk.choices) for chunk in chunks) > 3, "text comes in pieces")

    several = client.chat.completions.create(**{**ask, "temperature": 1.0}, n=3)
    check([choice.index for choice in several.choices] == [0, 1, 2], "three choices")

    stopped = client.chat.completions.create(**ask, stop=text[-2:])
    check(text[-2:] not in stopped.choices[0].message.content, "a stop string is not part of the answer")

    # A client that leaves early: the next request must not wait for the rest.
    with client.chat.completions.create(**{**ask, "max_tokens": 512}, stream=True) as stream:
        next(iter(stream))
    check(len(client.chat.completions.create(**ask).choices) == 1, "the server answers after a client left")

    try:
        client.chat.completions.create(**{**ask, "max_tokens": 10**9})
        check(False, "an absurd max_tokens is refused")
    except openai.BadRequestError as error:
        check(error.param == "max_tokens" and "1000000000" in error.message, f"a clear refusal: {error.message}")
    try:
        client.chat.completions.create(**{**ask, "model": "no-such-model"})
        check(False, "an unknown model is refused")
    except openai.NotFoundError as error:
        check(error.code == "model_not_found", f"a clear refusal: {error.message}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""Drives every environment as AgentGym's Python client does: the shapes of specs/agentgym.md §2.7, over `requests` alone.

usage: agentgym_client.py SERVER NAME=PORT …

SERVER is the base address of `duet serve`; NAME=PORT an environment whose routes are at the root of that port. The actions
are a planner's, asked of the server's own protocol, so that an episode ends with success on both layouts.
"""

import json
import sys

import requests

# How each client creates, resets and refers to an instance; what its step's answer must have; when the last reward counts.
CLIENTS = {
    "maze": {"reset": lambda task: {"game": task}, "keys": {"observation", "reward", "done"}},
    "wordle": {"reset": lambda task: {"seed": task}, "keys": {"observation", "reward", "done"}},
    "babyai": {"reset": lambda task: {"data_idx": task}, "keys": {"observation", "reward", "score", "done"}},
    "textcraft": {
        "create": {"commands": None, "goal": None},
        "reset": lambda task: {"data_idx": task},
        "keys": {"observation", "reward", "done"},
    },
    "alfworld": {
        "reset": lambda task: {"game": task, "world_type": "Text"},
        "keys": {"observation", "reward", "done", "available_actions"},
    },
    "todo": {"create": {"id": 0}, "reset": lambda task: {"id": task}, "keys": {"observation", "reward", "done"}, "b": True},
    "sheet": {"create": {"id": 0}, "reset": lambda task: {"id": task}, "keys": {"observation", "reward", "done"}, "b": True},
}

session = requests.Session()


def post(address, body=None):
    """A client asserts the status and then indexes the answer."""
    answer = session.post(address, json=body, timeout=60) if body is not None else session.post(address, timeout=60)
    assert answer.status_code == 200, (address, body, answer.status_code, answer.text[:200])
    return answer.json()


def plan(server, name, task):
    """The planner's actions, and the observation after each."""
    answer = session.post(f"{server}/v2/envs/{name}/rollout", json={"task": task, "max_rounds": 200}, timeout=60)
    assert answer.status_code == 200, answer.text
    turns = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {\"action\"")]
    assert turns and turns[-1]["success"], (name, task, turns[-1:])
    return turns


def play(base, name, task, turns):
    client = CLIENTS[name]
    created = post(f"{base}/create", client.get("create"))
    # Dialect A answers an object, dialect B a bare number.
    reference = {"env_idx": created} if client.get("b") else {"id": created["id"]}
    begun = post(f"{base}/reset", reference | client["reset"](task))
    first = begun if client.get("b") else begun["observation"]
    assert isinstance(first, str) and first, (name, begun)
    seen = session.get(f"{base}/observation", params=reference, timeout=60)
    assert seen.status_code == 200 and isinstance(seen.json(), (str, dict)), (name, seen.text)
    for turn in turns:
        answer = post(f"{base}/step", reference | {"action": turn["action"]})
        assert client["keys"] <= set(answer), (name, answer)
        assert answer["observation"] == turn["observation"], (name, task, turn["action"], answer, turn)
        assert answer["done"] == turn["done"], (name, task, turn, answer)
    assert answer["reward"] == turns[-1]["reward"] and answer["done"], (name, task, answer)
    return len(turns)


def main(server, *ports):
    ports = dict(entry.split("=") for entry in ports)
    host = server.rsplit(":", 1)[0]
    for name in CLIENTS:
        for task in (0, 3, 7):
            turns = plan(server, name, task)
            bases = [f"{server}/env/{name}", f"{server}//env//{name}"]
            bases += [f"{host}:{ports[name]}"] if name in ports else []
            steps = [play(base, name, task, turns) for base in bases]
            print(f"ok {name}_{task}: {steps[0]} steps through {len(bases)} layouts")


if __name__ == "__main__":
    main(*sys.argv[1:])

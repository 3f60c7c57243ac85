"""An agent that is a chat model: its instructions are the system message, its briefs are what it answers."""

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableLambda


def chat_agent(name: str, instructions: str, model: BaseChatModel) -> Runnable[Mapping[str, Any], dict[str, Any]]:
    """Run the model with the agent's own instructions; its answer is the agent's message, and it hands nothing on."""
    system = SystemMessage(instructions)

    def answer(view: Mapping[str, Any]) -> dict[str, Any]:
        return {"messages": [model.invoke([system, *_asked(view)])]}

    async def aanswer(view: Mapping[str, Any]) -> dict[str, Any]:
        return {"messages": [await model.ainvoke([system, *_asked(view)])]}

    return RunnableLambda(answer, afunc=aanswer, name=name)


def _asked(view: Mapping[str, Any]) -> list[AnyMessage]:
    payloads = [_payload(item) for item in view["inbox"] if item["payload"]]
    return [*view["messages"], *payloads]


def _payload(item: Mapping[str, Any]) -> HumanMessage:
    title = f"Payload from {item['from']}" + (f" ({item['contract']})" if item["contract"] else "")
    return HumanMessage(f"{title}:\n\n```json\n{json.dumps(item['payload'], indent=1, ensure_ascii=False)}\n```")

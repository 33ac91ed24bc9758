"""IOI models whose story is known because their weights were written by hand."""

from typing import Any

import torch
from transformer_lens import TransformerBridge

from lab.ioi import IOITask

SHARP = 1000.0  # scores are divided by the square root of d_head


def blank(task: IOITask, n_layers: int, n_heads: int = 1) -> tuple[TransformerBridge, Any]:
    """A model of zeros that embeds names, START and END, and unembeds an answer; with the slices of its
    residual stream by name. A head has room for every name and every place."""
    sizes = {
        "name": task.n_names,
        "mark": task.n_names,
        "avoid": task.n_names,
        "answer": task.n_names,
    }
    sizes |= {"place": task.n_ctx, "is_name": 1, "is_start": 1, "is_end": 1, "flag": 1}
    at, begin = {}, 0
    for part, size in sizes.items():
        at[part] = slice(begin, begin + size)
        begin += size
    model = TransformerBridge.boot_native(
        {
            "n_layers": n_layers, "d_model": begin, "n_heads": n_heads,
            "d_head": task.n_names + task.n_ctx + 2, "attn_only": True, "normalization_type": None,
            "d_vocab": task.d_vocab, "n_ctx": task.n_ctx, "seed": 0,
        }
    )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.W_E[: task.n_names, at["name"]] = torch.eye(task.n_names)
        model.W_E[: task.n_names, at["is_name"]] = 1
        model.W_pos[:, at["place"]] = torch.eye(task.n_ctx)
        model.W_pos[0, at["is_start"]] = 1
        model.W_pos[-1, at["is_end"]] = 1
        model.unembed.weight[: task.n_names, at["answer"]] = 10 * torch.eye(task.n_names)
    return model.eval(), at


def write(model, at, layer, head, read, to, times=1.0) -> None:
    """Let a head's values carry one part of the stream into another, `times` as large."""
    size = at[read].stop - at[read].start
    first = head * model.cfg.d_head
    # parts of equal size share the dimensions of the head, so that a name and its mark can add up
    attn = model.blocks[layer].attn
    with torch.no_grad():
        attn.v.weight[first : first + size, at[read]] = times * torch.eye(size)
        attn.o.weight[at[to], first : first + size] = torch.eye(size)


def look(model, at, layer, head, query, key, times=SHARP, row=0) -> None:
    """Let a head score a part of the query's stream against a part of the key's, number by number."""
    size = at[query].stop - at[query].start
    first = head * model.cfg.d_head + row
    attn = model.blocks[layer].attn
    with torch.no_grad():
        attn.q.weight[first : first + size, at[query]] = times * torch.eye(size)
        attn.k.weight[first : first + size, at[key]] = torch.eye(size)


def find_the_earlier_mention(model, at, n_names, n_ctx) -> None:
    """Head 0 of layer 0: a name looks at its earlier mention, all else at START; marks the name it found."""
    look(model, at, 0, 0, "name", "name")
    look(model, at, 0, 0, "place", "place", -2 * SHARP, row=n_names)  # not at itself
    attn = model.blocks[0].attn
    with torch.no_grad():
        attn.q.weight[n_names + n_ctx, at["place"]] = SHARP / 2
        attn.k.weight[n_names + n_ctx, at["is_start"]] = 1
    write(model, at, 0, 0, "name", "mark")


def noticed_at_s_again(task: IOITask, n_heads: int = 1) -> TransformerBridge:
    """Layer 0 marks the second mention. At END layer 1 adds up all names and takes off what is marked.

    Heads beyond the first attend evenly and write nothing.
    """
    model, at = blank(task, 2, n_heads)
    find_the_earlier_mention(model, at, task.n_names, task.n_ctx)
    look(model, at, 1, 0, "is_end", "is_name")
    write(model, at, 1, 0, "name", "answer")
    write(model, at, 1, 0, "mark", "answer", -3)
    return model


def counted_at_end(task: IOITask) -> TransformerBridge:
    """At END layer 0 adds up the names; layer 1 looks away from what there is most of, and copies."""
    model, at = blank(task, 2)
    look(model, at, 0, 0, "is_end", "is_name")
    write(model, at, 0, 0, "name", "avoid")
    look(model, at, 1, 0, "avoid", "name", -3 * SHARP)
    look(model, at, 1, 0, "is_end", "is_name", 3 * SHARP, row=task.n_names)
    write(model, at, 1, 0, "name", "answer")
    return model


def last_name_is_s(task: IOITask) -> TransformerBridge:
    """No repetition is looked for: whatever name comes last is S. In layer 0 a name looks evenly at START
    and the names so far, so START's share tells how many there are; in layer 1 the last name is taken off."""
    model, at = blank(task, 2, n_heads=2)
    look(model, at, 0, 0, "is_name", "is_name")
    with torch.no_grad():
        model.blocks[0].attn.k.weight[0, at["is_start"]] = 1
    write(model, at, 0, 0, "is_start", "flag")
    look(model, at, 1, 0, "is_end", "is_name")
    write(model, at, 1, 0, "name", "answer")
    look(model, at, 1, 1, "is_end", "is_name", 10 * SHARP)
    with torch.no_grad():
        model.blocks[1].attn.k.weight[model.cfg.d_head, at["flag"]] = -1
    write(model, at, 1, 1, "name", "answer", -2)
    return model


def first_name_is_s(task: IOITask) -> TransformerBridge:
    """No repetition is looked for: whatever name comes first is S. In layer 0 END takes it off the answer,
    in layer 1 END adds up all names."""
    model, at = blank(task, 2)
    look(model, at, 0, 0, "is_end", "is_name", 10 * SHARP)
    with torch.no_grad():  # the earlier, the more
        model.blocks[0].attn.k.weight[0, at["place"]] = -torch.arange(task.n_ctx) / task.n_ctx
    write(model, at, 0, 0, "name", "answer", -2)
    look(model, at, 1, 0, "is_end", "is_name")
    write(model, at, 1, 0, "name", "answer")
    return model


def first_name_is_carried(task: IOITask, times: float = -3) -> TransformerBridge:
    """No repetition is looked for: in layer 0 each name looks at the first name, whoever it is. In layer 1
    END adds up the names, and `times` what they have seen."""
    model, at = blank(task, 2)
    look(model, at, 0, 0, "is_name", "is_name", 10 * SHARP)
    with torch.no_grad():  # the earlier, the more
        model.blocks[0].attn.k.weight[0, at["place"]] = -torch.arange(task.n_ctx) / task.n_ctx
    write(model, at, 0, 0, "name", "mark")
    look(model, at, 1, 0, "is_end", "is_name")
    write(model, at, 1, 0, "name", "answer")
    write(model, at, 1, 0, "mark", "answer", times)
    return model


def published_circuit(task: IOITask) -> TransformerBridge:
    """The story of GPT-2 small in three layers of two heads: L0H0 duplicate token, L1H0 S-inhibition,
    L2H0 name mover, L2H1 negative name mover."""
    model, at = blank(task, 3, n_heads=2)
    find_the_earlier_mention(model, at, task.n_names, task.n_ctx)
    look(model, at, 1, 0, "is_end", "is_end")
    with torch.no_grad():
        model.blocks[1].attn.k.weight[0] = 0
        model.blocks[1].attn.k.weight[0, at["mark"]] = 1  # whatever name is marked
    write(model, at, 1, 0, "mark", "avoid")
    for head, times in ((0, 1.0), (1, -0.3)):
        look(model, at, 2, head, "avoid", "name", -3 * SHARP)
        look(model, at, 2, head, "is_end", "is_name", 3 * SHARP, row=task.n_names)
        write(model, at, 2, head, "name", "answer", times)
    return model

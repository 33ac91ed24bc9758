# %% [markdown]
# ## First experiment: is the note still there?
# Left, two ways to look for it. *Left of it*: in what differs when the head is silenced, 1 right after it
# has written. *Lies along it*: in the stream as it is, whoever wrote it. The control takes the notes of
# other prompts at the same place: above 0 where notes have something in common. Right, the length of what is left as a share of the stream's length, which may grow.

# %%
found = measurement.follow(model, prompts.repeated, head)
wrong = measurement.shuffled(found.notes, settings.seed)
one_pass = prompts.first
left_ax, right_ax = plots.row(2, width=5)
plots.lines(
    {
        "left of it": measurement.left(found, one_pass).mean(1),
        "lies along it": measurement.present(found, one_pass).mean(1),
        "control: others' notes, left": measurement.left(found, one_pass, wrong).mean(1),
        "control: others' notes, along": measurement.present(found, one_pass, wrong).mean(1),
    },
    at=found.layers,
    levels={"gone": 0.0, "untouched": 1.0},
    title=f"the notes of L{head[0]}H{head[1]}, first pass",
    x="before layer (last: after all)",
    y="share of the note",
    ax=left_ax,
)
relative, untouched = measurement.relative(found, one_pass)
plots.lines(
    {"left of it": relative, "control: had it been left alone": untouched},
    at=found.layers,
    levels={"gone": 0.0},
    title="relative to the stream's length",
    x="before layer (last: after all)",
    y="share of the stream's length",
    ax=right_ax,
)
for each in (left_ax, right_ax):
    each.xaxis.get_major_locator().set_params(integer=True)
plt.show()

# %% [markdown]
# ## Second experiment: who adds to it, who takes away?
# Each later head, and the MLP in the last column. Left: what it writes along the note. Right: how much
# less of this it writes once the note is gone. The control is the largest value for other prompts' notes.

# %%
names = [*map(str, range(model.cfg.n_heads)), "MLP"]
parts = {
    "along the note": measurement.shares(found, one_pass, answers=False),
    "because of the note": measurement.shares(found, one_pass, answers=True),
}
by_chance = [
    measurement.shares(found._replace(notes=wrong), one_pass, answers=answers).abs().max()
    for answers in (False, True)
]
scale = tokens.shared(*parts.values())
for (name, values), control, ax in zip(parts.items(), by_chance, plots.row(2, width=5)):
    plots.heatmap(
        values,
        between=scale,
        centre=0.0,
        title=f"{name} (control: at most {control:.2f})",
        x="head",
        y="layer",
        x_ticks=names,
        y_ticks=[*map(str, found.layers[:-1])],
        ax=ax,
    )
plt.show()
curve = measurement.left(found, one_pass).mean(1)
print(f"left: {curve[0]:.2f} at first, {curve[-1]:.2f} at the end;", end=" ")
print(
    f"the right panel, which must add up to this change: {parts['because of the note'].sum():+.2f}"
)

# %% [markdown]
# ## Third experiment: does it matter that a match was found?
# A position cannot know who will read its note later: attention looks back. But in the second pass the
# position itself has found its match. Are its own notes cleared faster? For this the head is silenced in
# the second pass alone, since a match needs the notes of the first. Two controls: the first pass, and
# fresh tokens at the places of the second.

# %%
again = measurement.follow(model, prompts.repeated, head, prompts.second)
fresh = measurement.follow(model, prompts.fresh, head, prompts.second)
curves = {
    "second pass": measurement.left(again, prompts.second),
    "control: first pass": measurement.left(found, prompts.first),
    "control: fresh tokens there": measurement.left(fresh, prompts.second),
}
ax = plots.lines(
    {name: each.mean(1) for name, each in curves.items()},
    at=found.layers,
    levels={"gone": 0.0},
    title="what is left of the notes",
    x="before layer (last: after all)",
    y="share of the note",
)
for each, line in zip(curves.values(), ax.get_lines()):
    mean, error = each.mean(1), each.std(1) / each.shape[1] ** 0.5
    ax.fill_between(found.layers, mean - error, mean + error, color=line.get_color(), alpha=0.2)
ax.xaxis.get_major_locator().set_params(integer=True)
plt.show()
print("band: standard error over prompts")

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **Both curves fall, and a part is negative on the right**: it answers with the note's opposite to this note or
#   to others, since all are silenced at once. (`test_an_eraser_is_negative_because_of_the_note`,
#   `test_what_answers_to_notes_elsewhere_looks_like_an_eraser`)
# - **Along it falls, left of it stays**: something writes the opposite, and needs no note for it.
#   (`test_what_opposes_without_reading_shows_on_the_left_alone`)
# - **Right, the curve falls together with its control**: the note is as it was, and the stream has grown.
#   (`test_growth_lowers_the_relative_curve_alone`)
# - **The second pass below both controls**: clearing goes with the repetition. A token that is there
#   for the second time suffices, without induction. **Fresh tokens as low**: it goes with
#   the place. (`test_clearing_after_a_match_differs_from_clearing_at_late_places`) A match that went with
#   the notes would pass for clearing. (`test_a_match_outlives_the_note_that_is_taken_away`)
# - In the second pass the stream also holds what the match brought. Would clearing follow if another head
#   had written that?
# - A part that is negative on the right may also turn the note into another form. What would a probe for the
#   previous token find after it?

# %% [markdown]
# ## Second experiment: where do heads look from the newline?
# Attention to all numbers together, to the full stops behind them, and to the earlier newlines. The
# control is as many words of the lines, drawn at random. The largest of many heads is large by luck as well, so
# compare it with the largest of the control.

# %%
from lab import behaviour, bringing, fast_patching, live, tokens

seen, even = measurement.attention_to_kinds(model, raised)
for (kind, grid), ax in zip(seen.items(), plots.row(4, width=3.6, height=5)):
    name = "control: words" if kind == "text" else f"{kind}s"
    tokens.head_grid(grid, title=f"attention to {name}", between=(-1, 1), ax=ax)
plt.show()
for kind, grid in seen.items():
    best = ", ".join(f"L{i}H{j} {grid[i, j]:.2f}" for i, j in tokens.strongest_heads(grid, 5))
    print(f"{kind:8} even {even[kind]:.2f}; {best}")

# %% [markdown]
# ## Third experiment: which heads carry the number?
# All numbers are three higher in one list of a pair than in the other, and the text is the same. Each head's
# output at the end comes from the other list. The control takes it from another text with
# the numbers of the list that is patched.

# %%
live.check(model, raised.rows(slice(0, 4)))
heads = fast_patching.heads_checked(model, raised, settings.n_heads_checked, place="end", drawn=3)
strongest = tokens.strongest_heads(torch.nan_to_num(heads.real), 6)
other_text = behaviour.chance_effects(model, raised, strongest)
plots.scatter(
    seen["number"].flatten(),
    heads.gradient.flatten(),
    colour=(seen["stop"] + seen["newline"]).flatten(),
    colour_label="attention to stops and newlines",
    title="each head: where it looks, and what it moves (by gradient)",
    x="attention to the numbers",
    y="effect at the end",
)  # no control: it is printed below, head by head
plt.show()
for (layer, head), control in zip(strongest, other_text):
    print(f"L{layer}H{head}: {heads.real[layer, head]:+.3f}, from another text {control:+.3f}")

# %% [markdown]
# Where does a head take the number from? Its values come from the other list at one place alone; its
# pattern stays. Places are counted back from the last line, which is 0.

# %%
three = strongest[:3]
for (layer, head), ax in zip(three, plots.row(3, width=4.2)):
    found = bringing.brought_from(model, raised.rows(slice(0, 6)), (layer, head))
    found = {place: round(effect, 3) + 0.0 for place, effect in found.items()}
    plots.bars(found, title=f"L{layer}H{head}: brings from", y="effect", ax=ax)
    ax.tick_params(axis="x", rotation=75)
# no control: the places are each other's
plt.show()

# %% [markdown]
# ## Fourth experiment: is the place found at any distance?
# The same heads, as lines grow. A number that is found by what it is, or by what stands around it, is found in
# long lines too. Even attention falls as lines grow.

# %%
some_lengths = {far: lists.asked(model, made) for far, made in by_length.items()}
for (layer, head), ax in zip(three, plots.row(3, width=4.2)):
    plots.lines(
        measurement.attention_by_length(
            model, some_lengths, (layer, head), ["number 0", "stop 0", "newline 1", "number 1"]
        )
        | {"even": [behaviour.even_attention(one) for one in some_lengths.values()]},
        at=list(some_lengths),
        title=f"L{layer}H{head}",
        x="words in a line (up to two more)",
        y="attention from the end",
        ax=ax,
    )
# "even" is the control
plt.show()

# %% [markdown]
# ## How to read this, and what would prove it wrong
# - **In broken runs, "last + 1" high**: the last line's number decides. **"Last but one + 2" high**: the run
#   does, and the last number is passed over. **"Lines + 1" high, "last but one + 1" less so**:
#   lines are counted.
#   (`test_broken_runs_tell_the_last_number_from_the_run_and_from_counting`)
# - **"Digit inside + 1" high**: a digit is taken that numbers no line. **"Last + 1" as high as in
#   letters**: the line's own number is told from it.
#   (`test_a_digit_inside_tells_the_line_s_number_from_the_nearest_digit`)
# - **Attention to numbers with an effect near 0**: such a head looks at them for nothing that this
#   contrast shows. (`test_looking_at_numbers_is_told_from_bringing_them`)
# - **A bar at a full stop, none at its number**: an earlier head had put a number there.
#   (`test_a_number_is_brought_from_the_stop_behind_it_or_from_itself`)
# - **Attention to the last number that holds while "even" falls**: no fixed distance back.
#   (`test_a_fixed_distance_is_lost_as_lines_grow`)
# - In GPT-2's vocabulary `7` and ` 7` are two tokens. Which list tells a look for the start of a line from a look
#   for the one of them?
# - Does the head that brings the number also add the one? Problem 2.2 has the test for that.

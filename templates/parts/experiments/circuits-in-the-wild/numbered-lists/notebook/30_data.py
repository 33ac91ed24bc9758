# %% [markdown]
# ## The data
# Numbered lines of random length that end on the newline, with numbers of one digit. Runs begin at 2 or
# later, so that one more than the number of lines is wrong. Four kinds: in order; the same text with numbers
# three apart; a last number that breaks the run; a digit inside the last line.

# %%
from lab import numbered_lists as lists
from lab import pairs

plain = lists.plain(settings.n_prompts, n_lines=3, length=4)
raised = pairs.encode(model, lists.raised(settings.n_prompts, n_lines=3, length=4))
odd = [one for n in (2, 3) for one in lists.odd(settings.n_prompts // 2, n_lines=n, length=4)]
famous = lists.famous(settings.n_prompts, length=4)
with_digit, in_letters = lists.with_digit(settings.n_prompts, n_lines=3)
print(f"numbers three apart: {pairs.summary(raised)}")
for name, some in {"plain": plain, "broken": odd, "1, 2, 7": famous, "digit": with_digit}.items():
    print(f"{name}: {some[0].prompt.text!r} -> {some[0].said}")

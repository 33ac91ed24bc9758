# %% [markdown]
# ## Your prediction
# On IOI sentences the strongest name mover attends to a name and raises it. A rule for ordinary text: what
# it attends to most comes next. Take the twentieth of all tokens that this head helps most. Of the tokens
# where the rule holds, which share belongs to them? Without any connection it would be about 0.05. State a
# range; the test reads other passages.

# %%
from lab.prediction import note_prediction

note_prediction(precision_of_the_rule=None)  # for example [0.2, 0.4]

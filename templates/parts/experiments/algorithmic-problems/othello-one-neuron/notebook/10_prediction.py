# %% [markdown]
# ## Your prediction
# Among the neurons of the last layer, take the one that argues most strongly for a single move. How well does the lazy
# rule "**its move is legal**" say when it fires? It fires where it is above half of its 50th highest activation. State a
# range for F1: 1 is a rule that is right whenever it speaks and misses nothing, 0 one that is never right. The test
# trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(rule_f1=None)  # for example [0.8, 0.95]

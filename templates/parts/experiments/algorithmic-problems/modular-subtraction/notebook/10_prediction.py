# %% [markdown]
# ## Your prediction
# The answer c = a - b modulo p is where cos(2 pi k (a - b - c) / p) is highest, for each frequency k from 1 to
# (p - 1) / 2. Each of these waves makes up a share of the logits' variance. A table of right answers has all
# 21 frequencies of p = 43 alike; one wave alone has one. How many share the model's logits? The measure is m if
# m frequencies are equally strong and the others absent. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(frequencies_of_the_logits=None)  # for example [10, 14]

# %% [markdown]
# ## Your prediction
# The answer a - b is right where cos(w(a - b - c)) is highest, for any frequency w. Decompose the logits into
# these waves. A table of right answers has all 21 frequencies of p = 43 alike; one wave alone has one. How
# many will the model's logits share? The measure is m if m frequencies are equally strong and the
# others absent. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(frequencies_of_the_logits=None)  # for example [10, 14]

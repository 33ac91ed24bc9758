# %% [markdown]
# ## Your prediction
# The answer c = a - b modulo p is where cos(2 pi k (a - b - c) / p) is highest, for each k from 1 to (p - 1) / 2. Take
# from the logits how much of their variance is each of these waves, k being its frequency. A table of right answers has all 21 frequencies of p = 43 alike; one wave alone has one. How
# many will the model's logits share? The measure is m if m frequencies are equally strong and the
# others absent. State a range; the test trains a model of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(frequencies_of_the_logits=None)  # for example [10, 14]

# %% [markdown]
# ## Your prediction
# Training has lists of 2 to 12 numbers, the positions are learned. Let the model write a list of 16 and read **its own
# output** as it goes. Which share of the numbers is right, each at its own place? Taking the number that is the
# likeliest for its place, without comparing any two, gets 0.38. State a range; the test trains another seed on it.

# %%
from lab.prediction import note_prediction

note_prediction(right_alone_at_length_16=None)  # for example [0.7, 0.9]

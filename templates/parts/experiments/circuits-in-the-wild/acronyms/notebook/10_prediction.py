# %% [markdown]
# ## Your prediction
# The acronym of `The Cold Kitchen Lamp (` is begun wrongly: `The Cold Kitchen Lamp (L`. Counting
# letters says `K`, the second word's. Searching for the word with L and going one on finds no word. The first
# letter that is not written yet is `C`. In how many names is the second word's letter the likeliest capital? State
# a range of shares; blind guessing among 26 gets 0.04. The test draws names that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(second_letter_behind_the_third=None)  # for example [0.4, 0.6]

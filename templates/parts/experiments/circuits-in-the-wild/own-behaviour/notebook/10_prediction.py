# %% [markdown]
# ## Your prediction
# The candidate at work is `settings.candidate` in `lab/candidates.py`. For "correlatives", one earlier
# word of `They found neither the key` decides between `or`, `nor` and `and`. State two ranges for the
# pairs that are kept back. How often does a prompt's own answer lead that of its twin? And how often if
# all words but the last are in random order? A coin gets half of both; what adds
# up words in any order scores alike in both. The kept pairs share the template, and a few of their prompts
# are shown here with another twin.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy=None, accuracy_shuffled=None)  # for example [0.7, 0.9] and [0.4, 0.6]

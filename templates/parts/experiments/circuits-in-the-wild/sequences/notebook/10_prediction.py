# %% [markdown]
# ## Your prediction
# After `May, June, July, August, September,` comes October. Now mix the first four months and leave
# September last. Does the model still put October first among the months? Naming an unlisted month by
# luck is right once in seven; adding one to whatever stands last is right each time. State a range for
# the mean over numbers, weekdays, months and Roman numerals, on lists that this notebook does not use.

# %%
from lab.prediction import note_prediction

note_prediction(next_after_a_shuffled_list=None)  # for example [0.3, 0.5]

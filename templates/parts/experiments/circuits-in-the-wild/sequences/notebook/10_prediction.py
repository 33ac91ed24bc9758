# %% [markdown]
# ## Your prediction
# After `May, June, July, August, September,` comes October. Now mix the first four months and leave
# September last. Does the model still put October first among the months? State a range
# for the mean over numbers, weekdays, months and Roman numerals, on lists that this notebook does not use.
# Luck among the unlisted items gets half of the weekdays and a seventh of the months. Over the four
# families that is about a quarter, or more if some numerals are not one token. Adding one to whatever
# stands last is right each time.

# %%
from lab.prediction import note_prediction

note_prediction(next_after_a_shuffled_list=None)  # for example [0.3, 0.5]

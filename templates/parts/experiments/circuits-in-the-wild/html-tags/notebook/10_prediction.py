# %% [markdown]
# ## Your prediction
# In `<b><i><u>x</u>some text</` the last name is `u`, but its element is closed, and `i` is next. How
# often does `i` get the highest logit of ten tag names? State a range of shares, for names drawn at
# random, also in nestings that no page has. A draw among ten names gets 0.1, the latest name 0. The test
# draws others than the notebook.

# %%
from lab.prediction import note_prediction

note_prediction(inner_is_closed=None)  # for example [0.3, 0.6]

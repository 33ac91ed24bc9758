# %% [markdown]
# ## Your prediction
# `You know the sister of the king could be here by noon, couldn't` must go on with `she`. A second person
# stands nearer to the tag than the subject. How often does the model prefer the right one of `she` and
# `he` in such sentences? Agreeing with the nearer person is right in half of them. State a range; the
# sentences will be ones that this notebook does not show.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_past_another_person=None)  # for example [0.7, 0.8]

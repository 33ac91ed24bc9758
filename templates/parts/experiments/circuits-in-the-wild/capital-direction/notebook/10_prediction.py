# %% [markdown]
# ## Your prediction
# Average the step from ' the' to ' The' in the unembedding over half of all words that have both forms.
# On the other half, take the words whose capitalised form is the commoner, such as ' John' beside
# ' john'. In which share of them does the capitalised form lie further along this direction? By chance
# it is one half. State a range; the test splits the words anew.

# %%
from lab.prediction import note_prediction

note_prediction(sorted_where_commoner=None)  # for example [0.6, 0.7]

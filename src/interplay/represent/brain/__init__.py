"""BrainSymphony and its parts: function and structure of the brain, region by region."""

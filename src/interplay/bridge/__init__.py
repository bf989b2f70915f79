"""To and from the objects of other libraries: pandas, networkx, pynapple, PyG."""

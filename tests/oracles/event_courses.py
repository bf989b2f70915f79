"""Slow and obviously right: what a stream is bin by bin, with sets and by walking. Events are (src, dst, time)."""


def course(events, bounds):
    """Give nodes, undirected pairs, components, the largest one, engaged nodes and degrees of every bin."""
    found, before = [], set()
    for start, stop in bounds:
        pairs = {frozenset((u, v)) for u, v, t in events if start <= t < stop}
        nodes = set().union(*pairs)
        partners = {i: {j for p in pairs if i in p for j in p} - {i} for i in nodes}
        parts = components(partners)
        found.append(
            {
                "nodes": len(nodes),
                "joined": sum(len(p) == 2 for p in pairs),
                "components": len(parts),
                "largest": max(map(len, parts), default=0),
                "engaged": len(set().union(*(pairs - before))),
                "degrees": sorted(len(p) for p in partners.values() if p),
                "active": nodes,
            }
        )
        before = pairs
    return found


def components(partners):
    left, parts = set(partners), []
    while left:
        part, edge = set(), {left.pop()}
        while edge:
            part |= edge
            edge = set().union(*(partners[i] for i in edge)) - part
        left -= part
        parts.append(part)
    return parts

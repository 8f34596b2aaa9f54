"""Layers: one file, one thing done around every call. A layer is a function of the same name,
`(call, lab) -> call`; their order stands in THE LIST, `lab.engine.LIST`."""

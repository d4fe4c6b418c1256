"""placeholder"""
from semantic.issues import SemanticError
def expand_series(context, scope, select):
    raise NotImplementedError

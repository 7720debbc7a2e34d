"""How well a model calls tools, by its engine alone and through the gateway: cases, judgement, asking."""

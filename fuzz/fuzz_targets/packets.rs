//! Fuzz target: the decoder of packets of other nodes.
#![cfg_attr(feature = "engine", no_main)]

deskbell_fuzz::target!(deskbell_hub::packet::check);

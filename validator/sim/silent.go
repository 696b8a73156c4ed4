package sim

import "github.com/sage-network/sage-node/wire"

// Silent never says anything.
type Silent struct{}

func (Silent) Start(*Control)           {}
func (Silent) Hear(*Control, wire.Vote) {}

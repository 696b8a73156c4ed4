package operator

import (
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/cli"
)

// Network loads the profile that the settings name, from their home folder or by its path.
func Network(s cli.Common) (*profile.Profile, error) {
	p, err := profile.ResolveIn(s.Home, s.Network)
	if err != nil {
		return nil, cli.Environment(err, "choose a network with --network or SAGE_NETWORK")
	}
	return p, nil
}

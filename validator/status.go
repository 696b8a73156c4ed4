package validator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sage-network/sage-node/wire"
)

// Status is what a running validator says of itself.
type Status struct {
	Network   string          `json:"network"`
	Address   wire.Felt       `json:"address"`
	VoteKey   string          `json:"vote_key"`
	Peer      string          `json:"peer_id"`
	Addresses []string        `json:"addresses"`
	Peers     int             `json:"peers"`
	Epoch     uint64          `json:"epoch"`
	Member    bool            `json:"member"` // votes in this epoch
	Votes     int             `json:"votes_recorded"`
	Submitted int             `json:"certificates_submitted"`
	Contests  []ContestStatus `json:"contests"`
	// Upgrades are classes that contracts have got, or may get.
	Upgrades []string `json:"upgrades,omitempty"`
	// Chain is the error of the last look at the chain.
	Chain string `json:"chain_error,omitempty"`
}

// Status returns the state of the service.
func (s *Service) Status() Status {
	status := Status{
		Network:   s.config.Network,
		Address:   wire.Felt(s.config.Address),
		VoteKey:   s.config.VoteKey.PublicKey().String(),
		Peer:      s.config.Host.ID().String(),
		Addresses: s.config.Host.Addresses(),
		Peers:     len(s.config.Host.Peers()),
		Votes:     s.config.Log.Len(),
		Contests:  []ContestStatus{},
	}
	if s.config.Upgrades != nil {
		status.Upgrades = s.config.Upgrades()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status.Epoch, status.Member, status.Submitted = s.epoch, s.member, s.submits
	if s.lastLook != nil {
		status.Chain = s.lastLook.Error()
	}
	for _, c := range s.contests {
		status.Contests = append(status.Contests, c.status())
	}
	slices.SortFunc(status.Contests, func(a, b ContestStatus) int {
		return cmp.Or(strings.Compare(a.Job.String(), b.Job.String()), cmp.Compare(a.Attempt, b.Attempt))
	})
	return status
}

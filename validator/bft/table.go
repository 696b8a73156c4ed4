package bft

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/wire"
)

// ErrTable: a validator table that no epoch can have.
var ErrTable = errors.New("bft: impossible validator table")

// Member is one validator of an epoch.
type Member struct {
	Address felt.Felt // account; orders the table
	VoteKey felt.Felt // x coordinate of its STARK-curve public key
	Stake   *big.Int  // not negative, in the token's smallest unit
}

// Table is an epoch's validator table: immutable, ordered by ascending address.
type Table struct {
	epoch   uint64
	members []Member
	total   *big.Int
}

// NewTable checks the members (ascending addresses, unique non-zero keys, some stake, at most
// wire.MaxSigners) and copies them.
func NewTable(epoch uint64, members []Member) (*Table, error) {
	if len(members) == 0 || len(members) > wire.MaxSigners {
		return nil, fmt.Errorf("%w: epoch %d has %d members, want 1 to %d", ErrTable, epoch, len(members), wire.MaxSigners)
	}
	t := &Table{epoch: epoch, members: make([]Member, len(members)), total: new(big.Int)}
	keys := make(map[felt.Felt]bool, len(members))
	for i, m := range members {
		switch {
		case m.Stake == nil || m.Stake.Sign() < 0:
			return nil, fmt.Errorf("%w: member %s has no stake value", ErrTable, m.Address.String())
		case m.VoteKey.IsZero() || keys[m.VoteKey]:
			return nil, fmt.Errorf("%w: member %s has a zero or repeated vote key", ErrTable, m.Address.String())
		case i > 0 && members[i-1].Address.Cmp(&m.Address) >= 0:
			return nil, fmt.Errorf("%w: addresses do not ascend at %s", ErrTable, m.Address.String())
		}
		keys[m.VoteKey] = true
		t.members[i] = Member{Address: m.Address, VoteKey: m.VoteKey, Stake: new(big.Int).Set(m.Stake)}
		t.total.Add(t.total, m.Stake)
	}
	if t.total.Sign() == 0 {
		return nil, fmt.Errorf("%w: epoch %d has no stake", ErrTable, epoch)
	}
	return t, nil
}

// Epoch returns the epoch that the table belongs to.
func (t *Table) Epoch() uint64 { return t.epoch }

// Len returns the number of members.
func (t *Table) Len() int { return len(t.members) }

// Member returns the i-th member by ascending address.
func (t *Table) Member(i int) Member {
	m := t.members[i]
	m.Stake = new(big.Int).Set(m.Stake)
	return m
}

// Total returns the stake of all members.
func (t *Table) Total() *big.Int { return new(big.Int).Set(t.total) }

// Index returns the position of a member, which is its bit in a certificate.
func (t *Table) Index(address felt.Felt) (int, bool) {
	return slices.BinarySearchFunc(t.members, address, func(m Member, a felt.Felt) int {
		return m.Address.Cmp(&a)
	})
}

// quorum tells whether stake is more than two thirds of the total.
func (t *Table) quorum(stake *big.Int) bool {
	return new(big.Int).Mul(stake, big.NewInt(3)).Cmp(new(big.Int).Lsh(t.total, 1)) > 0
}

// blocking tells whether stake is more than one third of the total: some of it is honest.
func (t *Table) blocking(stake *big.Int) bool {
	return new(big.Int).Mul(stake, big.NewInt(3)).Cmp(t.total) > 0
}

package main

import (
	"context"
	"math/big"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/account"
)

// stakeResult is a worker's record as the commands print it. Amounts are decimal numbers of SAGE.
type stakeResult struct {
	Status        string     `json:"status"` // NONE, STAKED, REGISTERED, ACTIVE, JAILED, UNSTAKING or DEREGISTERED
	Tier          string     `json:"tier"`   // empty without stake
	Active        string     `json:"active"`
	Bonded        string     `json:"bonded"` // the part of active that open attempts hold
	Unstaking     string     `json:"unstaking"`
	UnlockAt      *time.Time `json:"unlock_at"` // of unstaking; null without it
	OpenBonds     uint32     `json:"open_bonds"`
	InvalidProofs uint32     `json:"invalid_proofs"`
}

func newStakeResult(s account.Stake) stakeResult {
	r := stakeResult{
		Status: s.Status, Active: amount.Format(s.Active), Bonded: amount.Format(s.Bonded), Unstaking: amount.Format(s.Unstaking),
		OpenBonds: s.OpenBonds, InvalidProofs: s.InvalidProofs,
	}
	if s.Tier.Valid() {
		r.Tier = s.Tier.String()
	}
	if s.Unstaking.Sign() > 0 {
		at := time.Unix(int64(s.UnlockAt), 0).UTC()
		r.UnlockAt = &at
	}
	return r
}

// sentResult is what stake, unstake and register print.
type sentResult struct {
	Address     wire.Felt   `json:"address"`
	Transaction wire.Felt   `json:"transaction_hash"`
	Amount      string      `json:"amount,omitempty"` // that was moved
	Stake       stakeResult `json:"stake"`            // afterwards
}

// afterwards reads the worker's record for the result.
func (o *opened) afterwards(ctx context.Context, tx felt.Felt, moved string) (sentResult, error) {
	s, err := o.account.Stakes(ctx)
	if err != nil {
		return sentResult{}, err
	}
	return sentResult{Address: wire.Felt(o.account.Address), Transaction: wire.Felt(tx), Amount: moved, Stake: newStakeResult(s)}, nil
}

// hashOf is a transaction's hash for a result, null for none.
func hashOf(tx felt.Felt) *wire.Felt {
	if tx.IsZero() {
		return nil
	}
	h := wire.Felt(tx)
	return &h
}

func minus(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }

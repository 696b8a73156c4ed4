// Package upgrades sees replacements of the contracts' classes coming.
//
// A contract's owner announces a class, and may put it in force after a delay that is longer than every way out
// (IGoverned in contracts/src/interfaces.cairo). What a program knows of the contracts ends there: it was built for certain
// classes, and its operator has perhaps accepted others. Of a class that it does not know it can say only when it may come.
package upgrades

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
)

// Window is how long an announced class may still be put in force once it may be; UPGRADE_WINDOW of the contracts.
const Window = 7 * 24 * time.Hour

// Contract is one that is watched.
type Contract struct {
	Name    string
	Address felt.Felt
	// Known are the classes under which this program works with it.
	Known []felt.Felt
}

// Contracts are all of a network that money and stake depend on and that can be upgraded: not the faucet, on which nothing
// depends, and not the token, which has no owner. Known to each are the class that this
// program was built for, the profile's, and those that the operator has accepted.
func Contracts(p *profile.Profile, accepted []felt.Felt) []Contract {
	at := p.Contracts
	all := []Contract{
		{Name: "StakingManager", Address: felt.Felt(at.Staking)},
		{Name: "ValidatorRegistry", Address: felt.Felt(at.Validators)}, {Name: "JobManager", Address: felt.Felt(at.Jobs)},
		{Name: "ProofVerifier", Address: felt.Felt(at.Proofs)}, {Name: "PaymentRouter", Address: felt.Felt(at.Payments)},
		{Name: "PrivacyRouter", Address: felt.Felt(at.Privacy)}, {Name: "ReputationManager", Address: felt.Felt(at.Reputation)},
	}
	for i := range all {
		c := &all[i]
		c.Known = append(slices.Clone(accepted), felt.UnsafeFromString[felt.Felt](bindings.Classes[c.Name]))
		if class, ok := p.Classes[c.Name]; ok {
			c.Known = append(c.Known, felt.Felt(class))
		}
	}
	return all
}

func (c Contract) knows(class felt.Felt) bool { return slices.Contains(c.Known, class) }

// Notice is a class that a contract has got, or may get.
type Notice struct {
	Contract string
	Address  felt.Felt
	Class    felt.Felt
	// InForce says that the contract runs this class already; From and Until are zero then. A class that is in force is
	// noticed only when it is not known.
	InForce bool
	// From is the first second of block time at which an announced class may be put in force, Until the last.
	From, Until time.Time
	// Known says that this program works with the class.
	Known bool
}

// String says which contract, when, and to which class.
func (n Notice) String() string {
	class := n.Class.String()
	if n.Known {
		class += ", which this program knows"
	} else {
		class += ", which this program does not know"
	}
	if n.InForce {
		return fmt.Sprintf("%s runs class %s", n.Contract, class)
	}
	return fmt.Sprintf("%s may be upgraded from %s to %s, to class %s",
		n.Contract, n.From.UTC().Format(time.RFC3339), n.Until.UTC().Format(time.RFC3339), class)
}

// Advice says what to do about notices; empty if there are none.
func Advice(notices []Notice) string {
	switch {
	case len(notices) == 0:
		return ""
	case slices.ContainsFunc(notices, func(n Notice) bool { return !n.Known }):
		return "get the release that knows the class and start it before then; or read the class's source and accept it with accept-class; " +
			"or finish what is open, and take stake and balance out, before then"
	}
	return "nothing: this program works with the class"
}

// Chain is what Look reads; *chain.Client is one.
type Chain interface {
	Latest(ctx context.Context) (chain.Block, error)
	At(number uint64) abi.Reader
	ClassHashAt(ctx context.Context, address felt.Felt) (felt.Felt, error)
}

// Look returns the notices on the contracts as of the latest block. Announcements that have lapsed are none.
func Look(ctx context.Context, c Chain, contracts []Contract) ([]Notice, error) {
	head, err := c.Latest(ctx)
	if err != nil {
		return nil, err
	}
	var notices []Notice
	for _, contract := range contracts {
		class, err := c.ClassHashAt(ctx, contract.Address)
		if err != nil {
			return nil, fmt.Errorf("class of %s: %w", contract.Name, err)
		}
		n := Notice{Contract: contract.Name, Address: contract.Address, Class: class, InForce: true}
		if !contract.knows(class) {
			notices = append(notices, n)
		}
		// Every contract is governed alike.
		next, at, err := bindings.NewJobManager(contract.Address, c.At(head.Number)).PendingUpgrade(ctx)
		if err != nil {
			return nil, fmt.Errorf("pending upgrade of %s: %w", contract.Name, err)
		}
		const end = 1 << 40 // seconds; what a hostile node says must not overflow
		if next.IsZero() || at > end {
			continue
		}
		n = Notice{Contract: contract.Name, Address: contract.Address, Class: next, Known: contract.knows(next)}
		n.From = time.Unix(int64(at), 0).UTC()
		n.Until = n.From.Add(Window)
		if !head.Timestamp.After(n.Until) {
			notices = append(notices, n)
		}
	}
	return notices, nil
}

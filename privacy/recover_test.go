package privacy_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/privacy"
)

// oneAccount is a router as a node may present it, truthfully or not.
type oneAccount struct {
	bindings.PrivacyRouter
	account bindings.Account
	total   uint64
}

func (r oneAccount) TotalUnits(context.Context) (uint64, error) { return r.total, nil }

func (r oneAccount) Account(context.Context, felt.Felt) (bindings.Account, error) {
	return r.account, nil
}

func (oneAccount) DepositFee(context.Context, uint64) (uint64, error) { return 0, nil }

func point(p elgamal.Point) bindings.Point { return bindings.Point{X: p.X(), Y: p.Y()} }

func ciphertext(c elgamal.Ciphertext) bindings.Ciphertext {
	return bindings.Ciphertext{L: point(c.L), R: point(c.R)}
}

func TestRecovery(t *testing.T) {
	key, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	encrypt := func(v uint64) bindings.Ciphertext {
		c, err := elgamal.Encrypt(nil, key.Public(), v)
		if err != nil {
			t.Fatal(err)
		}
		return ciphertext(c)
	}
	own := func(balance bindings.Ciphertext) bindings.Account {
		return bindings.Account{Key: point(key.Public().Point()), Balance: balance, BalanceHint: felt.One}
	}
	pending := own(bindings.Ciphertext{})
	pending.PendingLo, pending.PendingHi, pending.Credits = encrypt(1<<33-2), encrypt(3), 2
	broken := own(bindings.Ciphertext{L: bindings.Point{X: felt.One, Y: felt.One}})
	foreign := own(bindings.Ciphertext{})
	foreign.Key = point(other.Public().Point())
	crowded := pending
	crowded.Credits = 1
	for name, tc := range map[string]struct {
		account bindings.Account
		want    privacy.State
		err     error
	}{
		"nothing yet":               {own(bindings.Ciphertext{}), privacy.State{}, nil},
		"a hint that does not open": {own(encrypt(123_456_789)), privacy.State{Balance: 123_456_789}, nil},
		"two credits":               {pending, privacy.State{Pending: 1<<33 - 2 + 3<<32, Credits: 2}, nil},
		"more than a credit holds":  {crowded, privacy.State{}, elgamal.ErrNotFound},
		"no account":                {bindings.Account{}, privacy.State{}, privacy.ErrNotRegistered},
		"another's account":         {foreign, privacy.State{}, privacy.ErrForeignKey},
		"a point off the curve":     {broken, privacy.State{}, elgamal.ErrPoint},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := privacy.NewAccount(privacy.Contracts{Privacy: oneAccount{account: tc.account}}, starkhash.Uint64(5), key, solver)
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.State(t.Context())
			if !errors.Is(err, tc.err) || (err == nil && got != tc.want) {
				t.Errorf("%+v, %v; want %+v, %v", got, err, tc.want, tc.err)
			}
		})
	}
}

// TestRecoverLargeBalance: a balance of 2^43 units and more, whose hint is a lie.
func TestRecoverLargeBalance(t *testing.T) {
	const units = 1<<43 + 987_654_321
	key, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := elgamal.Encrypt(nil, key.Public(), units)
	if err != nil {
		t.Fatal(err)
	}
	router := oneAccount{
		account: bindings.Account{Key: point(key.Public().Point()), Balance: ciphertext(c), BalanceHint: felt.One},
		total:   1 << 44,
	}
	fine, err := elgamal.NewSolver(elgamal.DefaultTableBits)
	if err != nil {
		t.Fatal(err)
	}
	a, err := privacy.NewAccount(privacy.Contracts{Privacy: router}, starkhash.Uint64(5), key, fine)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	got, err := a.Recover(t.Context(), func(steps, expected float64) { told = steps > 0 && expected > 0 })
	if err != nil || got != units || !told {
		t.Fatalf("%d, %v, progress %v; want %d", got, err, told, uint64(units))
	}
	if s, err := a.State(t.Context()); err != nil || s.Balance != units {
		t.Errorf("state after recovery: %+v, %v", s, err)
	}
}

func TestDepositOverflow(t *testing.T) {
	key, err := elgamal.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := elgamal.Encrypt(nil, key.Public(), 5)
	if err != nil {
		t.Fatal(err)
	}
	router := oneAccount{account: bindings.Account{Key: point(key.Public().Point()), Balance: ciphertext(c)}}
	a, err := privacy.NewAccount(privacy.Contracts{Privacy: router}, starkhash.Uint64(5), key, solver)
	if err != nil {
		t.Fatal(err)
	}
	for _, units := range []uint64{0, math.MaxUint64, math.MaxUint64 - 4} {
		if _, err := a.Deposit(t.Context(), units); !errors.Is(err, elgamal.ErrAmount) {
			t.Errorf("deposit of %d: %v", units, err)
		}
	}
	if _, err := privacy.NewAccount(privacy.Contracts{}, felt.One, elgamal.SecretKey{}, solver); !errors.Is(err, elgamal.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := privacy.NewAccount(privacy.Contracts{}, felt.One, key, nil); err == nil {
		t.Error("no solver")
	}
}

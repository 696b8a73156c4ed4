package main

import (
	"context"
	"net"
	"path/filepath"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/doctor"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wallet"
)

func doctorCommand(common cli.Common) *cobra.Command {
	cmd := doctor.Command("a validator", func(ctx context.Context, cmd *cobra.Command) ([]doctor.Check, bool, error) {
		s, err := load(cmd, common)
		if err != nil {
			return nil, false, err
		}
		return examine(ctx, cmd, s), s.JSON, nil
	})
	addSettings(cmd.Flags())
	return cmd
}

// examine makes all checks that can be made.
func examine(ctx context.Context, cmd *cobra.Command, s settings) []doctor.Check {
	advice := operator.CommonAdvice("sage-validator")
	r := doctor.Role{Folder: filepath.Join(s.Home, role), Explain: func(err error) error { return operator.Explain(err, advice) }}
	checks := []doctor.Check{r.Wallet(wallet.Vote), r.Private("node key", "node.key"), r.Private("vote log", "votes.log")}
	p, err := operator.Network(s.Common)
	if err != nil {
		return append(checks, r.Bad("profile", err))
	}
	checks = append(checks, doctor.Profile(p), checkSettings(r, s), checkService(ctx, cmd, s))
	client, c := r.Node(ctx, p)
	if checks = append(checks, c); client == nil {
		return checks
	}
	defer client.Close()
	if classes, err := operator.Classes(s.AcceptClass); err == nil { // else said by checkSettings
		checks = append(checks, r.Upgrades(ctx, client, p, classes))
	}
	address, err := operator.In(r.Folder).AccountAddress()
	if err != nil {
		return checks // said by the wallet's check
	}
	funds := r.Funds(ctx, client, p, address, "send STRK for fees to "+address.String()+"; register deploys the account")
	return append(checks, funds, checkSeat(ctx, r, client, p, address))
}

// checkSettings looks at what start would refuse.
func checkSettings(r doctor.Role, s settings) doctor.Check {
	const name = "settings"
	for _, look := range []func() error{
		func() error { _, err := operator.Classes(s.AcceptClass); return err },
		func() error { return doctor.Peers(s.Listen, s.Bootstrap) },
		func() error { return doctor.PasswordFile(s.PasswordFile) },
		func() error {
			if _, _, err := net.SplitHostPort(s.HTTP); err != nil {
				return cli.Usage("http: %w", err)
			}
			return nil
		},
	} {
		if err := look(); err != nil {
			return r.Bad(name, err)
		}
	}
	return doctor.Good(name, "listening on %s, status on %s", strings.Join(s.Listen, ", "), s.HTTP)
}

// checkService asks the validator that runs here, if one does; one that does not run lacks nothing.
func checkService(ctx context.Context, cmd *cobra.Command, s settings) doctor.Check {
	const name = "service"
	status, err := ask(ctx, whereServed(cmd, s))
	if err != nil {
		return doctor.Good(name, "it does not run here")
	}
	c := doctor.Good(name, "epoch %d, votes: %t, %d peers, %d open contests", status.Epoch, status.Member, status.Peers, len(status.Contests))
	switch {
	case status.Chain != "":
		c.Detail += ": " + status.Chain
		return c.But("it cannot follow the chain: is the node in order?")
	case status.Peers == 0:
		return c.But("it is alone: check listen, bootstrap and the profile's bootstrap_peers")
	}
	return c
}

// checkSeat looks at the validator's registration.
func checkSeat(ctx context.Context, r doctor.Role, client *chain.Client, p *profile.Profile, address felt.Felt) doctor.Check {
	const name = "registration"
	registry := bindings.NewValidatorRegistry(felt.Felt(p.Contracts.Validators), client)
	info, err := registry.Validator(ctx, address)
	if err != nil {
		return r.Bad(name, err)
	}
	c := doctor.Good(name, "stake %s SAGE, last check-in in epoch %d", amount.Format(info.Stake.Big()), info.LastCheckIn)
	switch {
	case !info.Registered:
		c.Detail = "not registered"
		return c.But("have the account allowed, then run: sage-validator register")
	case info.Jailed:
		c.Detail += ", jailed"
		return c.But("its votes do not count any more: leave, and come back with another wallet")
	case info.UnlockAt != 0:
		c.Detail += ", leaving"
		return c.But("once the unbonding time is over: sage-validator leave --withdraw")
	}
	return c
}

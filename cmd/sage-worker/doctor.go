package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/doctor"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/wallet"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/identity"
)

func doctorCommand(common cli.Common) *cobra.Command {
	cmd := doctor.Command("a worker", func(ctx context.Context, cmd *cobra.Command) ([]doctor.Check, bool, error) {
		s, err := load(cmd, common)
		if err != nil {
			return nil, false, err
		}
		return examine(ctx, s), s.JSON, nil
	})
	addSettings(cmd.Flags())
	return cmd
}

// examine makes all checks that can be made.
func examine(ctx context.Context, s settings) []doctor.Check {
	r := doctor.Role{Folder: filepath.Join(s.Home, role), Explain: explain}
	checks := []doctor.Check{r.Wallet(wallet.ElGamal), checkIdentity(r)}
	p, err := network(s)
	if err != nil {
		return append(checks, r.Bad("profile", err))
	}
	checks = append(checks, doctor.Profile(p), checkSettings(r, s, p), checkCoordinator(ctx, s, p))
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
	funds := r.Funds(ctx, client, p, address, "run sage-worker request-tokens, or send STRK to the account")
	return append(checks, funds, checkRegistration(ctx, r, account.New(client, p, address)))
}

func checkIdentity(r doctor.Role) doctor.Check {
	const name = "node keys"
	id, err := identity.Load(r.Folder)
	if err != nil {
		return r.Bad(name, err)
	}
	return doctor.Good(name, "%s", id)
}

// checkSettings looks at what start would refuse, with the settings in effect.
func checkSettings(r doctor.Role, s settings, p *profile.Profile) doctor.Check {
	const name = "settings"
	for _, look := range []func() error{
		func() error { _, err := s.policy(p.Windows); return err },
		func() error { _, err := s.grace(); return err },
		func() error { _, _, err := s.coordinator(p); return err },
		func() error { _, err := operator.Classes(s.AcceptClass); return err },
		func() error { return doctor.Peers(s.Listen, s.Bootstrap) },
		func() error { return doctor.PasswordFile(s.PasswordFile) },
	} {
		if err := look(); err != nil {
			return r.Bad(name, err)
		}
	}
	return doctor.Good(name, "at least %s SAGE for an attempt, listening on %s", s.MinPrice, strings.Join(s.Listen, ", "))
}

func checkCoordinator(ctx context.Context, s settings, p *profile.Profile) doctor.Check {
	const name = "coordinator"
	at, _, err := s.coordinator(p)
	if err != nil {
		return doctor.Bad(name, cli.Environment(err, "set coordinator_url in the network profile, or the setting coordinator"))
	}
	return doctor.Answers(ctx, name, at.JoinPath("healthz").String(), at.Redacted(), "is the coordinator running? check coordinator_url in the network profile")
}

func checkRegistration(ctx context.Context, r doctor.Role, a *account.Account) doctor.Check {
	const name = "registration"
	s, err := a.Stakes(ctx)
	if err != nil {
		return r.Bad(name, err)
	}
	c := doctor.Good(name, "%s, stake %s SAGE", s.Status, amount.Format(s.Active))
	if s.Tier.Valid() {
		c.Detail += ", tier " + s.Tier.String()
	}
	switch s.Status {
	case "ACTIVE":
		return c
	case "STAKED":
		return c.But("run: sage-worker register")
	case "REGISTERED", "JAILED":
		return c.But("the stake is below its tier's minimum: sage-worker stake --amount …")
	}
	return c.But("run: sage-worker stake --amount 1000, then sage-worker register")
}

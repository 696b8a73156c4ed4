package main

import (
	"context"
	"os"
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
	cmd := doctor.Command("a coordinator", func(ctx context.Context, cmd *cobra.Command) ([]doctor.Check, bool, error) {
		s, err := load(cmd, common)
		if err != nil {
			return nil, false, err
		}
		return examine(ctx, s), s.JSON, nil
	})
	addSettings(cmd.Flags(), defaults(common))
	return cmd
}

// examine makes all checks that can be made.
func examine(ctx context.Context, s settings) []doctor.Check {
	advice := operator.CommonAdvice("sage-coordinator")
	r := doctor.Role{Folder: filepath.Join(s.Home, role), Explain: func(err error) error { return operator.Explain(err, advice) }}
	checks := []doctor.Check{
		r.Wallet(wallet.ElGamal), r.Private("node key", "node.key"), r.Private("API key", keyFile), r.Private("database", "coordinator.db"),
	}
	p, err := operator.Network(s.Common)
	if err != nil {
		return append(checks, r.Bad("profile", err))
	}
	set, err := s.parse(p)
	checks = append(checks, doctor.Profile(p), checkSettings(r, s, p, err), checkService(ctx, r))
	client, c := r.Node(ctx, p)
	if checks = append(checks, c); client == nil {
		return checks
	}
	defer client.Close()
	if err == nil {
		checks = append(checks, r.Upgrades(ctx, client, p, set.classes))
	}
	checks = append(checks, checkPayments(ctx, r, client, p))
	address, err := operator.In(r.Folder).AccountAddress()
	if err != nil {
		return checks // said by the wallet's check
	}
	return append(checks, r.Funds(ctx, client, p, address, "send STRK for fees, and SAGE for jobs, to "+address.String()+"; start deploys the account"))
}

// checkSettings looks at what start would refuse; refused is what it says of the settings that it parses.
func checkSettings(r doctor.Role, s settings, p *profile.Profile, refused error) doctor.Check {
	const name = "settings"
	for _, err := range []error{refused, doctor.Peers(s.P2PListen, s.Bootstrap), doctor.PasswordFile(s.PasswordFile)} {
		if err != nil {
			return r.Bad(name, err)
		}
	}
	price := amount.FormatUnits(p.DefaultPrice)
	if s.Price != "" {
		price = s.Price
	}
	return doctor.Good(name, "%s SAGE for a job that names no price, listening on %s", price, listenAddress(s, p))
}

// checkService asks the coordinator that runs here, if one does; one that does not run lacks nothing.
func checkService(ctx context.Context, r doctor.Role) doctor.Check {
	const name = "service"
	b, err := os.ReadFile(filepath.Join(r.Folder, addressFile))
	if err != nil {
		return doctor.Good(name, "it does not run here")
	}
	at := "http://" + strings.TrimSpace(string(b))
	return doctor.Answers(ctx, name, at+"/readyz", at, "sage-coordinator funds shows whether the payer can pay; its log says what else is wrong")
}

// checkPayments looks at whether the network can take private payments at all.
func checkPayments(ctx context.Context, r doctor.Role, client *chain.Client, p *profile.Profile) doctor.Check {
	const name = "payments"
	router := bindings.NewPrivacyRouter(felt.Felt(p.Contracts.Privacy), client)
	epoch, _, err := router.AuditorEpoch(ctx)
	if err != nil {
		return r.Bad(name, err)
	}
	if epoch == 0 {
		return doctor.Good(name, "the network has no auditor key").But("its owner must set one before anything can be paid")
	}
	paused, err := router.Paused(ctx)
	if err != nil {
		return r.Bad(name, err)
	}
	if paused {
		return doctor.Good(name, "new payments are paused by the contracts' owner").But("escrows are released and refunded all the same; wait, or ask the owner")
	}
	return doctor.Good(name, "open, auditor epoch %d", epoch)
}

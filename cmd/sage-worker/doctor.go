package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/multiformats/go-multiaddr"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/worker/account"
	"github.com/sage-network/sage-node/worker/identity"
)

// doctorResult is what doctor prints.
type doctorResult struct {
	OK     bool    `json:"ok"`
	Checks []check `json:"checks"`
}

// check is one look. A check that others prevent is left out.
type check struct {
	Name   string `json:"name"` // profile, settings, node, coordinator, wallet, node keys, funds, registration
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`

	code int // exit code if it fails
}

func doctorCommand(common cli.Common) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what a worker needs and lacks; no password is asked",
		Long:  "Look for what a worker needs and lacks, with the settings that start would have. No password is asked.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			checks := examine(cmd.Context(), s)
			r := doctorResult{OK: true, Checks: checks}
			var failed []string
			code := cli.ExitOK
			for _, c := range checks {
				if !c.OK {
					r.OK = false
					failed = append(failed, c.Name)
					code = max(code, c.code)
				}
			}
			if err := cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) { printChecks(w, checks) }); err != nil {
				return err
			}
			if !r.OK {
				return &cli.Error{Code: code, Err: fmt.Errorf("%d of %d checks failed: %s", len(failed), len(checks), strings.Join(failed, ", "))}
			}
			return nil
		},
	}
	addSettings(cmd.Flags())
	return cmd
}

func printChecks(w io.Writer, checks []check) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, c := range checks {
		mark := "ok"
		if !c.OK {
			mark = "FAILED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", mark, c.Name, c.Detail)
		if c.Hint != "" {
			fmt.Fprintf(t, "\t\t%s\n", c.Hint)
		}
	}
}

func good(name, format string, args ...any) check {
	return check{Name: name, OK: true, Detail: fmt.Sprintf(format, args...)}
}

// bad takes hint and exit code from the advice for the error.
func bad(name string, err error) check {
	c := check{Name: name, Detail: err.Error(), code: cli.ExitFailed}
	if e, told := errors.AsType[*cli.Error](explain(err)); told {
		c.Hint, c.code = e.Hint, e.Code
	}
	return c
}

// examine makes all checks that can be made.
func examine(ctx context.Context, s settings) []check {
	folder := filepath.Join(s.Home, role)
	checks := []check{checkWallet(folder), checkIdentity(folder)}
	p, err := network(s)
	if err != nil {
		return append(checks, bad("profile", err))
	}
	checks = append(checks, good("profile", "%s, chain %s", p.Name, p.ChainID), checkSettings(s, p), checkCoordinator(ctx, s, p))
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return append(checks, bad("node", err))
	}
	defer client.Close()
	head, err := client.Latest(ctx)
	if err != nil {
		return append(checks, bad("node", err))
	}
	checks = append(checks, good("node", "block %d, chain %s", head.Number, client.ChainID()))
	address, err := operator.In(folder).AccountAddress()
	if err != nil {
		return checks // said by checkWallet
	}
	a := account.New(client, p, address)
	return append(checks, checkFunds(ctx, a), checkRegistration(ctx, a))
}

// checkWallet looks at the keystores without opening them.
func checkWallet(folder string) check {
	wallets := operator.In(folder)
	address, err := wallets.AccountAddress()
	if err != nil {
		return bad("wallet", err)
	}
	private := filepath.Join(string(wallets), "elgamal.json")
	info, err := os.Stat(private)
	if err != nil {
		c := bad("wallet", err)
		c.Hint = "restore it from a backup, or from the 24 words in a new --home"
		return c
	}
	if info.Mode().Perm()&^privatefile.Mode != 0 {
		return bad("wallet", fmt.Errorf("%w: %s (mode %04o)", privatefile.ErrMode, private, info.Mode().Perm()))
	}
	return good("wallet", "account %s", address.String())
}

func checkIdentity(folder string) check {
	id, err := identity.Load(folder)
	if err != nil {
		return bad("node keys", err)
	}
	return good("node keys", "%s", id)
}

// checkSettings looks at what start would refuse, with the settings in effect.
func checkSettings(s settings, p *profile.Profile) check {
	const name = "settings"
	if _, err := s.policy(p.Windows); err != nil {
		return bad(name, err)
	}
	if _, err := s.grace(); err != nil {
		return bad(name, err)
	}
	if _, _, err := s.coordinator(p); err != nil {
		return bad(name, err)
	}
	for _, address := range append(append([]string{}, s.Listen...), s.Bootstrap...) {
		if _, err := multiaddr.NewMultiaddr(address); err != nil {
			return bad(name, cli.Usage("%q is no multiaddress: %w", address, err))
		}
	}
	if s.PasswordFile != "" {
		if err := cli.CheckPrivate(s.PasswordFile); err != nil {
			return bad(name, err)
		}
	}
	return good(name, "at least %s SAGE for an attempt, listening on %s", s.MinPrice, strings.Join(s.Listen, ", "))
}

func checkCoordinator(ctx context.Context, s settings, p *profile.Profile) check {
	const name = "coordinator"
	down := func(err error) check {
		return check{Name: name, Detail: err.Error(), Hint: "is the coordinator running? check coordinator_url in the network profile", code: cli.ExitEnvironment}
	}
	at, _, err := s.coordinator(p)
	if err != nil {
		return check{Name: name, Detail: err.Error(), Hint: "set coordinator_url in the network profile, or the setting coordinator", code: cli.ExitEnvironment}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.JoinPath("healthz").String(), nil)
	if err != nil {
		return down(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return down(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return down(fmt.Errorf("it answered %s", response.Status))
	}
	return good(name, "%s answers", at.Redacted())
}

func checkFunds(ctx context.Context, a *account.Account) check {
	const name = "funds"
	funds, err := a.Funds(ctx)
	if err != nil {
		return bad(name, err)
	}
	c := good(name, "%s SAGE, %s STRK", amount.Format(funds.SAGE), amount.Format(funds.Fees))
	if !funds.Deployed || funds.Fees.Sign() == 0 {
		c.OK, c.code = false, cli.ExitFailed
		c.Hint = "run sage-worker request-tokens, or send STRK to the account"
	}
	if !funds.Deployed {
		c.Detail += "; the account is not deployed"
	}
	return c
}

func checkRegistration(ctx context.Context, a *account.Account) check {
	const name = "registration"
	s, err := a.Stakes(ctx)
	if err != nil {
		return bad(name, err)
	}
	c := good(name, "%s, stake %s SAGE", s.Status, amount.Format(s.Active))
	if s.Tier.Valid() {
		c.Detail += ", tier " + s.Tier.String()
	}
	if s.Status == "ACTIVE" {
		return c
	}
	c.OK, c.code = false, cli.ExitFailed
	switch s.Status {
	case "STAKED":
		c.Hint = "run: sage-worker register"
	case "REGISTERED", "JAILED":
		c.Hint = "the stake is below its tier's minimum: sage-worker stake --amount …"
	default:
		c.Hint = "run: sage-worker stake --amount 1000, then sage-worker register"
	}
	return c
}

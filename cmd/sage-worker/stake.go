package main

import (
	"fmt"
	"math/big"
	"net/http"
	"path/filepath"
	"time"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/identity"
	"github.com/sage-network/sage-node/worker/operator"
)

// faucetPatience bounds request-tokens: the faucet sends transactions.
const faucetPatience = 3 * time.Minute

func requestTokensCommand(common cli.Common) *cobra.Command {
	var p passwords
	cmd := &cobra.Command{
		Use:   "request-tokens",
		Short: "Ask a test network's faucet for fee tokens and SAGE, and deploy the account",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return operate(cmd, common, &p, func(s settings, o *operator.Operator) error {
				client := &http.Client{Timeout: faucetPatience}
				fmt.Fprintln(cmd.ErrOrStderr(), "asking the faucet, then waiting for its tokens")
				got, err := o.RequestTokens(cmd.Context(), client)
				if err != nil {
					return err
				}
				gain := func(after, before *big.Int) string { return amount.Format(new(big.Int).Sub(after, before)) }
				return cli.Result(cmd.OutOrStdout(), s.JSON, map[string]any{
					"address": o.Account.String(), "transaction_hash": got.Transaction.String(),
					"sage": amount.Format(got.After.SAGE), "fee_tokens": amount.Format(got.After.Fees), "deployed": got.After.Deployed,
				}, rows(
					row{"address", o.Account.String()},
					row{"received", gain(got.After.SAGE, got.Before.SAGE) + " SAGE"},
					row{"balance", amount.Format(got.After.SAGE) + " SAGE, " + amount.Format(got.After.Fees) + " STRK for fees"},
					row{"account", "deployed"},
				))
			})
		},
	}
	p.add(cmd)
	return cmd
}

// operate loads the settings, opens the wallet and runs an operation.
func operate(cmd *cobra.Command, common cli.Common, p *passwords, f func(settings, *operator.Operator) error) error {
	s, err := load(cmd, common)
	if err != nil {
		return err
	}
	o, err := unlock(cmd.Context(), cmd, s, p.source(cmd, s))
	if err != nil {
		return err
	}
	defer o.Client.Close()
	return explain(f(s, o))
}

func stakeCommand(common cli.Common) *cobra.Command {
	var p passwords
	var sum, tier string
	var yes bool
	cmd := &cobra.Command{
		Use:   "stake --amount SAGE --gpu-tier MODEL",
		Short: "Put SAGE at stake",
		Long: `Put SAGE at stake. The tier is one of Consumer, Workstation, DataCenter, Enterprise, Frontier, or follows from a GPU
model such as T4. A second stake tops up.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			wei, err := parseAmount("amount", sum)
			if err != nil {
				return err
			}
			t, err := job.ParseTier(tier)
			if err != nil {
				return &cli.Error{Code: cli.ExitUsage, Err: err}
			}
			return operate(cmd, common, &p, func(s settings, o *operator.Operator) error {
				if err := spends(o.Profile, yes); err != nil {
					return err
				}
				tx, err := o.Stake(cmd.Context(), wei, t)
				if err != nil {
					return err
				}
				w, err := o.Worker(cmd.Context())
				if err != nil {
					return err
				}
				return cli.Result(cmd.OutOrStdout(), s.JSON, map[string]any{
					"address": o.Account.String(), "transaction_hash": tx.String(), "staked": amount.Format(w.Active), "tier": w.Tier.String(), "status": w.Status,
				}, rows(row{"transaction", tx.String()}, row{"staked", amount.Format(w.Active) + " SAGE"}, row{"tier", w.Tier}, row{"status", w.Status}))
			})
		},
	}
	p.add(cmd)
	cmd.Flags().StringVar(&sum, "amount", "", "SAGE to stake")
	cmd.Flags().StringVar(&tier, "gpu-tier", "", "GPU model or tier")
	cmd.Flags().BoolVar(&yes, "yes", false, "spend on mainnet without asking")
	return cmd
}

// parseAmount reads a positive amount of SAGE.
func parseAmount(name, text string) (*big.Int, error) {
	if text == "" {
		return nil, cli.Usage("--%s is missing", name)
	}
	wei, err := amount.Parse(text)
	if err != nil {
		return nil, cli.Usage("--%s: %w", name, err)
	}
	if wei.Sign() == 0 {
		return nil, cli.Usage("--%s must be more than 0", name)
	}
	return wei, nil
}

func unstakeCommand(common cli.Common) *cobra.Command {
	var p passwords
	var sum string
	var withdraw bool
	cmd := &cobra.Command{
		Use:   "unstake [--amount SAGE | --withdraw]",
		Short: "Ask stake back, or collect it after the cooldown",
		Long: `Ask stake back: all of it, or --amount. It stays locked, and can be slashed for what was done before, until the
cooldown is over; then collect it with --withdraw.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if withdraw && sum != "" {
				return cli.Usage("--withdraw collects all that has cooled down; it takes no --amount")
			}
			var wei *big.Int
			if sum != "" && sum != "all" {
				var err error
				if wei, err = parseAmount("amount", sum); err != nil {
					return err
				}
			}
			return operate(cmd, common, &p, func(s settings, o *operator.Operator) error {
				var tx felt.Felt
				var err error
				if withdraw {
					tx, err = o.WithdrawUnstaked(cmd.Context())
				} else {
					tx, err = o.Unstake(cmd.Context(), wei)
				}
				if err != nil {
					return err
				}
				w, err := o.Worker(cmd.Context())
				if err != nil {
					return err
				}
				return cli.Result(cmd.OutOrStdout(), s.JSON, map[string]any{
					"address": o.Account.String(), "transaction_hash": tx.String(), "status": w.Status,
					"staked": amount.Format(w.Active), "unstaking": amount.Format(w.Unstaking), "unlock_at": w.UnlockAt,
				}, rows(
					row{"transaction", tx.String()}, row{"status", w.Status}, row{"staked", amount.Format(w.Active) + " SAGE"},
					row{"unstaking", unstaking(w)},
				))
			})
		},
	}
	p.add(cmd)
	cmd.Flags().StringVar(&sum, "amount", "", "SAGE to take out (default: all)")
	cmd.Flags().BoolVar(&withdraw, "withdraw", false, "collect what has cooled down")
	return cmd
}

func unstaking(w operator.Worker) string {
	if w.Unstaking.Sign() == 0 {
		return "0 SAGE"
	}
	return amount.Format(w.Unstaking) + " SAGE, locked until " + time.Unix(int64(w.UnlockAt), 0).UTC().Format(time.RFC3339)
}

func registerCommand(common cli.Common) *cobra.Command {
	var p passwords
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Open the private account and register the worker, in one transaction",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return operate(cmd, common, &p, func(s settings, o *operator.Operator) error {
				dir, err := folder(s)
				if err != nil {
					return err
				}
				id, err := identity.Load(dir)
				if err != nil {
					return err
				}
				w, err := o.Worker(cmd.Context())
				if err != nil {
					return err
				}
				m, err := describe(cmd.Context(), s, o.Account, w.Tier, id)
				if err != nil {
					return err
				}
				tx, err := o.Register(cmd.Context(), id, m)
				if err != nil {
					return err
				}
				if err := saveManifest(filepath.Join(dir, manifestFile), m); err != nil {
					return err
				}
				if w, err = o.Worker(cmd.Context()); err != nil {
					return err
				}
				return cli.Result(cmd.OutOrStdout(), s.JSON, map[string]any{
					"address": o.Account.String(), "transaction_hash": tx.String(), "status": w.Status, "tier": w.Tier.String(),
					"node_id": id.NodeID().String(), "capability_hash": wire.CapabilityHash(m).String(),
				}, rows(row{"transaction", tx.String()}, row{"status", w.Status}, row{"tier", w.Tier}, row{"node id", id.NodeID()}))
			})
		},
	}
	p.add(cmd)
	cmd.Flags().String("region", "", "region to announce")
	return cmd
}

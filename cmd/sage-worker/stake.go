package main

import (
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/worker/hardware"
)

func stakeCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var wanted, gpu string
	var yes bool
	cmd := &cobra.Command{
		Use:   "stake",
		Short: "Move SAGE into the worker's stake",
		Long: "Move SAGE into the worker's stake. The whole stake must reach the tier's minimum.\n" +
			"The tier is that of --gpu-tier, else that of the stake there is, else that of this machine's best GPU.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			wei, err := positive("--amount", wanted)
			if err != nil {
				return err
			}
			var tier job.Tier
			if gpu != "" {
				if tier, err = job.ParseTier(gpu); err != nil {
					return err
				}
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), false, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			if err := o.fresh(); err != nil {
				return err
			}
			if err := confirm(cmd, o.profile, yes, fmt.Sprintf("stake %s SAGE", amount.Format(wei))); err != nil {
				return err
			}
			if tier == 0 {
				if tier, err = o.tier(cmd); err != nil {
					return err
				}
			}
			tx, err := o.account.Stake(cmd.Context(), wei, tier)
			if err != nil {
				return err
			}
			r, err := o.afterwards(cmd.Context(), tx, amount.Format(wei))
			if err != nil {
				return err
			}
			return cli.Result(cmd.OutOrStdout(), s.JSON, r, func(w io.Writer) {
				fmt.Fprintf(w, "staked %s SAGE for tier %s: transaction %s\n", r.Amount, r.Stake.Tier, r.Transaction)
				fmt.Fprintf(w, "stake %s SAGE, status %s\n", r.Stake.Active, r.Stake.Status)
			})
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&wanted, "amount", "", "SAGE to stake")
	cmd.Flags().StringVar(&gpu, "gpu-tier", "", "tier to stake for: its name, a GPU model such as T4, or cpu")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask on mainnet")
	return cmd
}

// tier is that of the stake there is, else that of this machine.
func (o *opened) tier(cmd *cobra.Command) (job.Tier, error) {
	s, err := o.account.Stakes(cmd.Context())
	if err != nil || s.Tier.Valid() {
		return s.Tier, err
	}
	found := hardware.Detect(cmd.Context(), hardware.Sources()...)
	tier := hardware.Tier(found.Devices)
	fmt.Fprintf(cmd.ErrOrStderr(), "no --gpu-tier: %d GPUs found here, which makes tier %s\n", len(found.Devices), tier)
	return tier, nil
}

func unstakeCommand(common cli.Common) *cobra.Command {
	var password func(string, io.Writer) cli.PasswordSource
	var wanted string
	var withdraw bool
	cmd := &cobra.Command{
		Use:   "unstake",
		Short: "Take the stake back: first ask for it, then withdraw it after the cooldown",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			var wei *big.Int
			switch {
			case wanted != "" && withdraw:
				return cli.Usage("--withdraw takes out all whose cooldown is over; it goes without --amount")
			case wanted != "":
				if wei, err = positive("--amount", wanted); err != nil {
					return err
				}
			}
			o, err := unlock(cmd, s, password(s.PasswordFile, cmd.ErrOrStderr()), false, aloud(cmd))
			if err != nil {
				return err
			}
			defer o.Close()
			if withdraw {
				return o.withdrawStake(cmd)
			}
			return o.requestUnstake(cmd, wei)
		},
	}
	password = cli.AddPassword(cmd.Flags())
	cmd.Flags().StringVar(&wanted, "amount", "", "SAGE to take back (default: all)")
	cmd.Flags().BoolVar(&withdraw, "withdraw", false, "pay out what was asked for before and has cooled down")
	return cmd
}

func (o *opened) requestUnstake(cmd *cobra.Command, wei *big.Int) error {
	if err := o.fresh(); err != nil {
		return err
	}
	before, err := o.account.Stakes(cmd.Context())
	if err != nil {
		return err
	}
	tx, err := o.account.Unstake(cmd.Context(), wei)
	if err != nil {
		return err
	}
	r, err := o.afterwards(cmd.Context(), tx, "")
	if err != nil {
		return err
	}
	moved := wei
	if moved == nil {
		moved = before.Active
	}
	r.Amount = amount.Format(moved)
	return cli.Result(cmd.OutOrStdout(), o.JSON, r, func(w io.Writer) {
		fmt.Fprintf(w, "unstaking %s SAGE: transaction %s\n", r.Amount, r.Transaction)
		if at := r.Stake.UnlockAt; at != nil {
			fmt.Fprintf(w, "%s SAGE can be withdrawn from %s on: sage-worker unstake --withdraw\n", r.Stake.Unstaking, at.Format(time.RFC3339))
		}
		fmt.Fprintf(w, "stake %s SAGE, status %s\n", r.Stake.Active, r.Stake.Status)
	})
}

func (o *opened) withdrawStake(cmd *cobra.Command) error {
	got, err := o.account.WithdrawUnstaked(cmd.Context())
	if err != nil {
		return err
	}
	r, err := o.afterwards(cmd.Context(), got.Transaction, amount.Format(got.Wei))
	if err != nil {
		return err
	}
	return cli.Result(cmd.OutOrStdout(), o.JSON, r, func(w io.Writer) {
		fmt.Fprintf(w, "withdrew %s SAGE: transaction %s\n", r.Amount, r.Transaction)
		fmt.Fprintf(w, "stake %s SAGE, status %s\n", r.Stake.Active, r.Stake.Status)
	})
}

// positive reads an amount of SAGE above zero.
func positive(flag, text string) (*big.Int, error) {
	if text == "" {
		return nil, cli.Usage("%s is missing: how much SAGE?", flag)
	}
	wei, err := amount.Parse(text)
	if err != nil {
		return nil, err
	}
	if wei.Sign() == 0 {
		return nil, cli.Usage("%s is 0", flag)
	}
	return wei, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/NethermindEth/juno/core/felt"
	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/cmd/internal/operator"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

// verdict is the result of verify-proof.
type verdict struct {
	Valid      bool   `json:"valid"`
	Job        string `json:"job"`
	Attempt    uint32 `json:"attempt"`
	State      string `json:"state"` // of the attempt, on-chain
	Worker     string `json:"worker"`
	ProofHash  string `json:"proof_hash"`
	ProofBytes int    `json:"proof_bytes"`
	Reason     string `json:"reason,omitempty"`
}

func verifyCommand(common cli.Common) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "verify-proof ID",
		Short: "Verify a job's proof against what the chain says",
		Long: "Fetch a job's proof and verify it. The statement (sizes, commitments, worker) and the proof's hash come\n" +
			"from the chain, never from the file or the coordinator. Exits with 0 if the proof is valid, 1 if not.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := load(cmd, common)
			if err != nil {
				return err
			}
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			p, err := operator.Network(s.Common)
			if err != nil {
				return err
			}
			read := func(ctx context.Context) ([]byte, error) { return fetchProof(ctx, s, id) }
			if file != "" {
				read = func(context.Context) ([]byte, error) { return readProof(file) }
			}
			v, err := verify(cmd.Context(), p, id, read)
			if err != nil {
				return err
			}
			if err := cli.Result(cmd.OutOrStdout(), s.JSON, v, func(w io.Writer) {
				if v.Valid {
					fmt.Fprintf(w, "valid: attempt %d of job %s, proven by %s, %s on-chain, %d bytes\n", v.Attempt, v.Job, v.Worker, v.State, v.ProofBytes)
				}
			}); err != nil {
				return err
			}
			if !v.Valid {
				return fmt.Errorf("the proof of attempt %d is not valid: %s", v.Attempt, v.Reason)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "proof", "", "verify this file instead of what the coordinator serves")
	return cmd
}

func fetchProof(ctx context.Context, s settings, id job.ID) ([]byte, error) {
	c, err := connect(s)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	proof, err := c.Proof(ctx, id)
	return proof, explain(err)
}

func readProof(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, wire.MaxProofBlob+1))
	if err == nil && len(content) > wire.MaxProofBlob {
		err = fmt.Errorf("%s has more than %d bytes", path, wire.MaxProofBlob)
	}
	return content, err
}

// verify reads the statement from the chain and checks the proof against it. The error says that there is
// no answer; a negative one is in the verdict.
func verify(ctx context.Context, p *profile.Profile, id job.ID, read func(context.Context) ([]byte, error)) (verdict, error) {
	client, err := chain.Dial(ctx, p.RPC, p.ChainID)
	if err != nil {
		return verdict{}, cli.Environment(err, "check rpc_url in the network profile, or set SAGE_RPC_URL")
	}
	defer client.Close()
	jobs := bindings.NewJobManager(felt.Felt(p.Contracts.Jobs), client)
	onChain, number, attempt, err := submission(ctx, jobs, id)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{
		Job: id.String(), Attempt: number, State: attempt.State.String(), Worker: attempt.Worker.String(), ProofHash: job.Hash(attempt.ProofHash).String(),
	}
	proof, err := read(ctx)
	if err != nil {
		return v, err
	}
	v.ProofBytes = len(proof)
	t := onChain.Terms
	if t.VerifierVersion != job.VerifierVersion {
		return v, cli.Hint(fmt.Errorf("the job is under version %d of the verification rules, this program knows version %d", t.VerifierVersion, job.VerifierVersion), "use the program of that version")
	}
	sealed, err := prover.Verify(prover.Statement{
		AIR: t.AIRID, Version: t.AIRVersion, K: t.K, Rows: t.Rows, Inner: t.Inner, Columns: t.Columns,
		ChainID: client.ChainIDFelt(), JobManager: jobs.Address(), JobID: id, Attempt: number, Worker: attempt.Worker,
		InputCommitment: attempt.InputCommitment, ResultCommitment: attempt.ResultCommitment,
	}, proof)
	switch {
	case err != nil:
		v.Reason = err.Error()
	case sealed.Hash != [32]byte(attempt.ProofHash):
		v.Reason = "it is another file than the one submitted on-chain"
	case !sealed.Commitment.Equal(&attempt.ProofCommitment):
		v.Reason = "its commitment is not the one submitted on-chain"
	default:
		v.Valid = true
	}
	return v, nil
}

// submission finds the attempt whose proof counts: the approved one, else the last that was submitted.
func submission(ctx context.Context, jobs bindings.JobManager, id job.ID) (onChain bindings.Job, number uint32, found bindings.Attempt, err error) {
	if onChain, err = jobs.Job(ctx, abi.U128(id)); err != nil {
		return onChain, 0, found, err
	}
	if onChain.State == bindings.JobStateNone {
		return onChain, 0, found, cli.Hint(fmt.Errorf("the chain has no job %s", id), "is this the right network? choose with --network or SAGE_NETWORK")
	}
	for n := uint32(1); n <= onChain.Attempts; n++ {
		a, err := jobs.Attempt(ctx, abi.U128(id), n)
		if err != nil {
			return onChain, 0, found, err
		}
		if !a.ProofHash.IsZero() {
			number, found = n, a
		}
		if a.State == bindings.AttemptStateApproved {
			break
		}
	}
	if number == 0 {
		return onChain, 0, found, cli.Hint(errors.New("no attempt of this job has submitted a proof yet"), "wait with: sage-coordinator wait-job %s", id)
	}
	return onChain, number, found, nil
}

// printSettings prints settings in order.
func printSettings(w io.Writer, effective map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(effective)) {
		fmt.Fprintf(w, "%s = %v\n", key, effective[key])
	}
}

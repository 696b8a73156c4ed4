package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sage-network/sage-node/coordinator/api"
	"github.com/sage-network/sage-node/coordinator/client"
	"github.com/sage-network/sage-node/internal/cli"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
)

func submitCommand(common cli.Common) *cobra.Command {
	var (
		r     api.SubmitRequest
		size  uint32
		input string
	)
	cmd := &cobra.Command{
		Use:   "submit-job",
		Short: "Submit a job and print its identifier",
		Long: "Submit a job and print its identifier, alone, on stdout.\n\n" +
			"Without --seed, --input or --synthetic the matrices expand from a random seed. --input names a file\n" +
			"with both matrices: JSON, {\"a\": [[…], …], \"b\": [[…], …]} with entries from 0 to 2^31 − 2, or binary\n" +
			"(the length of A's binary form as little-endian u32, then both binary forms).",
		Example: "  JOB_ID=$(sage-coordinator submit-job --type matmul --size 1024)",
		Args:    cobra.NoArgs,
		RunE: withClient(common, func(ctx context.Context, cmd *cobra.Command, s settings, c *client.Client, _ []string) error {
			for _, d := range []*uint32{&r.Rows, &r.Inner, &r.Columns} {
				if *d == 0 {
					*d = size
				}
			}
			if input != "" {
				if r.Seed != "" || r.Synthetic {
					return cli.Usage("--input, --seed and --synthetic exclude each other")
				}
				if err := upload(ctx, c, input, &r); err != nil {
					return err
				}
			}
			if r.Rows == 0 || r.Inner == 0 || r.Columns == 0 {
				return cli.Usage("name the matrices' sizes: --size, or --rows, --inner and --columns; each from 1 to %d", prover.MaxSize)
			}
			j, err := c.Submit(ctx, r)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "submitted: %d×%d times %d×%d; follow it with: sage-coordinator wait-job %s\n",
				r.Rows, r.Inner, r.Inner, r.Columns, j.ID)
			return cli.Result(cmd.OutOrStdout(), s.JSON, j, func(w io.Writer) { fmt.Fprintln(w, j.ID) })
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&r.Type, "type", "matmul", "what to compute")
	flags.Uint32Var(&size, "size", 0, "rows and columns of square matrices, 8 to 1024")
	flags.Uint32Var(&r.Rows, "rows", 0, "rows of A (default: size)")
	flags.Uint32Var(&r.Inner, "inner", 0, "columns of A and rows of B (default: size)")
	flags.Uint32Var(&r.Columns, "columns", 0, "columns of B (default: size)")
	flags.StringVar(&r.Seed, "seed", "", "64 hex digits that the matrices expand from")
	flags.StringVar(&input, "input", "", "file with the matrices")
	flags.BoolVar(&r.Synthetic, "synthetic", false, "matrices from the latest block and the worker's address")
	flags.StringVar(&r.Price, "price", "", "SAGE (default: the coordinator's)")
	flags.StringVar(&r.Delivery, "delivery", "", "result (default) or proof: what validators must find delivered")
	flags.StringVar(&r.MinTier, "min-tier", "", "least tier of the worker, or a GPU model")
	flags.Uint64Var(&r.DeadlineIn, "deadline", 0, "seconds after which an untaken job expires (default: never)")
	flags.StringVar(&r.IdempotencyKey, "idempotency-key", "", "a repeated submission with this key returns the first one's job")
	return cmd
}

// upload sends the matrices of a file to the coordinator and fills the request with them.
func upload(ctx context.Context, c *client.Client, path string, r *api.SubmitRequest) error {
	content, err := readInput(path)
	if err != nil {
		return err
	}
	first, second, err := wire.SplitInput(content)
	if err != nil {
		return cli.Usage("%s: %w", path, err)
	}
	var a, b prover.Matrix
	if err := a.UnmarshalBinary(first); err != nil {
		return cli.Usage("%s: matrix A: %w", path, err)
	}
	if err := b.UnmarshalBinary(second); err != nil {
		return cli.Usage("%s: matrix B: %w", path, err)
	}
	for _, d := range []struct {
		flag *uint32
		size int
		name string
	}{{&r.Rows, a.Rows, "rows"}, {&r.Inner, a.Columns, "inner size"}, {&r.Columns, b.Columns, "columns"}} {
		if *d.flag != 0 && *d.flag != uint32(d.size) {
			return cli.Usage("%s: the %s is %d, the command line says %d", path, d.name, d.size, *d.flag)
		}
		*d.flag = uint32(d.size)
	}
	if a.Columns != b.Rows {
		return cli.Usage("%s: A has %d columns and B %d rows", path, a.Columns, b.Rows)
	}
	r.Blob, err = c.PutInput(ctx, content)
	return err
}

// maxInputFile bounds an input file: JSON takes up to twelve bytes an entry.
const maxInputFile = 3 * wire.MaxInputBlob

// readInput reads a file of matrices into the binary form.
func readInput(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxInputFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxInputFile {
		return nil, cli.Usage("%s: more than %d bytes", path, maxInputFile)
	}
	if trimmed := bytes.TrimSpace(content); len(trimmed) == 0 || trimmed[0] != '{' {
		return content, nil
	}
	var pair struct {
		A [][]uint32 `json:"a"`
		B [][]uint32 `json:"b"`
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&pair); err != nil {
		return nil, cli.Usage("%s: %w", path, err)
	}
	a, err := encodeMatrix(pair.A)
	if err != nil {
		return nil, cli.Usage("%s: matrix a: %w", path, err)
	}
	b, err := encodeMatrix(pair.B)
	if err != nil {
		return nil, cli.Usage("%s: matrix b: %w", path, err)
	}
	return wire.JoinInput(a, b), nil
}

func encodeMatrix(rows [][]uint32) ([]byte, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: no rows", prover.ErrMatrix)
	}
	m := prover.Matrix{Rows: len(rows), Columns: len(rows[0])}
	for i, r := range rows {
		if len(r) != m.Columns {
			return nil, fmt.Errorf("%w: row %d has %d entries, row 0 has %d", prover.ErrMatrix, i, len(r), m.Columns)
		}
		m.Data = append(m.Data, r...)
	}
	return m.MarshalBinary()
}

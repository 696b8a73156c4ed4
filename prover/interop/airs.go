package interop

import (
	"fmt"

	"github.com/sage-network/sage-node/prover/air"
	"github.com/sage-network/sage-node/prover/air/bus"
	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/air/poseidon2"
	"github.com/sage-network/sage-node/prover/air/rangecheck"
	"github.com/sage-network/sage-node/prover/air/recurrence"
	"github.com/sage-network/sage-node/prover/air/widefib"
)

// check refuses sizes that the AIRs are not made for.
func (c Case) check() error {
	if c.LogRows < 4 || c.LogRows > 20 {
		return fmt.Errorf("interop: 2^%d rows, want 2^4 to 2^20", c.LogRows)
	}
	if c.Config.LogBlowup > 5 {
		return fmt.Errorf("interop: blowup 2^%d, want 2 to 2^5", c.Config.LogBlowup)
	}
	switch c.AIR {
	case RangeCheck, Bus, Assorted:
		if c.Bits < 4 || c.Bits > 20 {
			return fmt.Errorf("interop: %d bits, want 4 to 20", c.Bits)
		}
	}
	switch {
	case c.AIR == RangeCheck && (c.Columns < 1 || c.Columns > 64):
		return fmt.Errorf("interop: %d columns, want 1 to 64", c.Columns)
	case c.AIR == Assorted && (c.LogRows < 6 || c.Bits > c.LogRows || c.Columns < 3 || c.Columns > 64):
		return fmt.Errorf("interop: 2^%d rows, %d bits, %d columns; want at least 2^6 rows, not more bits than 2^rows, 3 to 64 columns",
			c.LogRows, c.Bits, c.Columns)
	case (c.AIR == Matmul || c.AIR == MatmulBatch) && c.LogRows%2 != 0:
		return fmt.Errorf("interop: 2^%d rows, want an even power for square matrices", c.LogRows)
	}
	for i, s := range c.Products {
		for _, n := range []uint32{s.Rows, s.Inner, s.Columns} {
			if n < 1 || n > 1<<(c.LogRows/2) {
				return fmt.Errorf("interop: product %d is %dx%dx%d, want sizes from 1 to 2^%d", i, s.Rows, s.Inner, s.Columns, c.LogRows/2)
			}
		}
	}
	return nil
}

// Constraints returns the case's AIR.
func (c Case) Constraints() (*air.AIR, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	switch c.AIR {
	case WideFibonacci:
		return widefib.New(c.LogRows, c.Columns)
	case Matmul:
		return matmul.New(c.LogRows / 2)
	case MatmulBatch:
		return matmul.NewBatch(c.LogRows/2, len(c.Products))
	case RangeCheck:
		return rangecheck.New(c.LogRows, c.Columns, c.Bits)
	case Bus:
		return bus.New(c.LogRows, c.Bits)
	case Masks:
		return air.Compose(recurrence.Masks(c.LogRows, air.TreeTrace+1))
	case Assorted:
		const trees = air.TreeInteraction + 1
		masks := recurrence.Masks(c.LogRows, trees)
		return air.Compose(
			masks,
			rangecheck.Values(c.LogRows, c.Columns),
			widefib.Component(c.LogRows-2, c.Columns, trees),
			masks,
			rangecheck.Table(c.Bits),
			recurrence.Steps(c.LogRows-1, trees),
			bus.Send(c.LogRows-1),
			bus.Receive(c.Bits),
		)
	case Poseidon2:
		return poseidon2.New(c.LogRows)
	default:
		return nil, fmt.Errorf("interop: no AIR is named %q", c.AIR)
	}
}

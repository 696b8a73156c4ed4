package settle

import (
	"testing"

	"github.com/sage-network/sage-node/internal/amount"
)

func TestLevel(t *testing.T) {
	const unit = 1_000_000_000
	for name, c := range map[string]struct {
		public, private, pending uint64 // SAGE
		want                     Level
	}{
		"above the low mark":            {0, 100, 0, LevelOK},
		"with what is pending":          {0, 10, 90, LevelOK},
		"low, and a deposit is covered": {1000, 10, 0, LevelOK},
		"low, and it is not":            {999, 30, 0, LevelLow},
		"not a single payment":          {999, 10, 14, LevelEmpty},
		"nothing":                       {0, 0, 0, LevelEmpty},
	} {
		f := Funds{Public: amount.SAGE(c.public), Private: c.private * unit, Pending: c.pending * unit, Low: 100 * unit, High: 900 * unit, Deposit: 1000 * unit}
		if got := f.Level(25 * unit); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

//! The control ledger of a night: balanced double entry, derived from settled records.
//!
//! One voucher per book, counterparty, institution, insurance and clearing type, as finance books a night; every settled record
//! belongs to exactly one voucher of each book that it touches, so that any voucher line can be taken apart again.
//! (An entry per record would be the same sums eight times as long.)
//!
//! ```text
//! care elsewhere   insured book   Dr benefit (fund)            Cr due-to (care region)
//!                  care book      Dr due-from (insured region) Cr payable (institution)
//! local care       insured book   Dr benefit (fund)            Cr payable (institution)
//! ```
//!
//! Reversals post the same accounts with the sign turned (红字). Cash and the institution's part never enter. Knows no
//! payment: cash-basis vouchers derive from this ledger when money moves.
//! Invariant: per voucher and fund, debits equal credits.

use std::collections::BTreeMap;

use crate::claim::Settled;
use crate::codes::{
    AdmDiv, CareKind, CareRegion, Fund, InstitutionCode, Insurance, InsuredRegion, fields,
};
use crate::money::Fen;

/// What clearing and pay lists carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClearBase {
    Funds,
    /// The personal account is paid by the agency too.
    #[default]
    FundsAndAccount,
}

/// A paying source in the books: a fund, or the personal accounts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BookFund {
    Fund(Fund),
    Account,
}

impl BookFund {
    pub const COUNT: usize = Fund::COUNT + 1;

    pub fn all() -> impl Iterator<Item = BookFund> {
        Fund::ALL.into_iter().map(BookFund::Fund).chain([BookFund::Account])
    }

    pub fn field(self) -> &'static str {
        match self {
            BookFund::Fund(fund) => fund.field(),
            BookFund::Account => fields::ACCT_PAY,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            BookFund::Fund(fund) => fund.label(),
            BookFund::Account => "个人账户",
        }
    }

    fn index(self) -> usize {
        match self {
            BookFund::Fund(fund) => fund.index(),
            BookFund::Account => Fund::COUNT,
        }
    }
}

/// Accounts of the control ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LedgerAccount {
    Benefit,
    DueTo,
    DueFrom,
    Payable,
}

impl LedgerAccount {
    pub fn key(self) -> &'static str {
        match self {
            LedgerAccount::Benefit => "benefit",
            LedgerAccount::DueTo => "due_to",
            LedgerAccount::DueFrom => "due_from",
            LedgerAccount::Payable => "payable",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            LedgerAccount::Benefit => "社会保险待遇支出",
            LedgerAccount::DueTo => "应付异地就医清算款",
            LedgerAccount::DueFrom => "应收异地就医清算款",
            LedgerAccount::Payable => "应付医药机构",
        }
    }
}

/// Whose book, and of what kind of care.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Book {
    /// The insured place's, care elsewhere.
    Insured,
    /// The care place's, visitors.
    Care,
    /// Insured and care place are one.
    Local,
}

impl Book {
    pub fn key(self) -> &'static str {
        match self {
            Book::Insured => "insured",
            Book::Care => "care",
            Book::Local => "local",
        }
    }

    /// Debit and credit account.
    pub fn accounts(self) -> (LedgerAccount, LedgerAccount) {
        match self {
            Book::Insured => (LedgerAccount::Benefit, LedgerAccount::DueTo),
            Book::Care => (LedgerAccount::DueFrom, LedgerAccount::Payable),
            Book::Local => (LedgerAccount::Benefit, LedgerAccount::Payable),
        }
    }
}

/// What makes a voucher.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VoucherKey {
    pub book: Book,
    pub insured: InsuredRegion,
    pub care: CareRegion,
    pub institution: InstitutionCode,
    pub insurance: Insurance,
    pub care_kind: CareKind,
}

impl VoucherKey {
    /// The region whose book it is.
    pub fn owner(&self) -> AdmDiv {
        match self.book {
            Book::Insured | Book::Local => self.insured.0,
            Book::Care => self.care.0,
        }
    }

    /// A readable number, unique within a night: `insured/110000/310000/H31…/310/21`.
    pub fn number(&self) -> String {
        format!(
            "{}/{}/{}/{}/{}/{}",
            self.book.key(),
            self.insured,
            self.care,
            self.institution,
            self.insurance,
            self.care_kind.key()
        )
    }

    /// The vouchers that a record belongs to.
    pub fn of(settled: &Settled) -> impl Iterator<Item = VoucherKey> {
        let local = settled.insured.0 == settled.care.0;
        let books: &[Book] = if local { &[Book::Local] } else { &[Book::Insured, Book::Care] };
        let key = VoucherKey {
            book: Book::Local,
            insured: settled.insured,
            care: settled.care,
            institution: settled.claim.institution,
            insurance: settled.claim.insurance,
            care_kind: settled.claim.med_type.kind(),
        };
        books.iter().map(move |book| VoucherKey { book: *book, ..key })
    }
}

/// Sums of a voucher, signed, in fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Voucher {
    pub settlements: u64,
    pub reversals: u64,
    /// Fee of the records in it, for information.
    pub fee: i128,
    amounts: [i128; BookFund::COUNT],
}

impl Voucher {
    pub fn amount(&self, fund: BookFund) -> i128 {
        self.amounts[fund.index()]
    }

    pub fn total(&self) -> i128 {
        self.amounts.iter().sum()
    }

    pub fn add(&mut self, other: &Voucher) {
        self.settlements += other.settlements;
        self.reversals += other.reversals;
        self.fee += other.fee;
        for (mine, theirs) in self.amounts.iter_mut().zip(other.amounts) {
            *mine += theirs;
        }
    }
}

/// One line of a voucher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub account: LedgerAccount,
    pub fund: BookFund,
    pub debit: i128,
    pub credit: i128,
}

/// The amount of one record that each source pays through the books.
pub fn carried(settled: &Settled, base: ClearBase) -> impl Iterator<Item = (BookFund, Fen)> + '_ {
    BookFund::all().filter_map(move |fund| {
        let amount = match fund {
            BookFund::Fund(fund) => settled.payers.fund(fund),
            BookFund::Account if base == ClearBase::FundsAndAccount => settled.payers.account,
            BookFund::Account => Fen::ZERO,
        };
        (!amount.is_zero()).then_some((fund, amount))
    })
}

/// Lines of a voucher with the given amounts: two per fund.
pub fn entries(
    book: Book,
    amounts: impl Iterator<Item = (BookFund, i128)>,
) -> impl Iterator<Item = Entry> {
    let (debit, credit) = book.accounts();
    amounts.filter(|(_, amount)| *amount != 0).flat_map(move |(fund, amount)| {
        [
            Entry { account: debit, fund, debit: amount, credit: 0 },
            Entry { account: credit, fund, debit: 0, credit: amount },
        ]
    })
}

/// All vouchers of a night, or of a part of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    vouchers: BTreeMap<VoucherKey, Voucher>,
}

impl Ledger {
    /// Posts one record.
    pub fn post(&mut self, settled: &Settled, base: ClearBase) {
        for key in VoucherKey::of(settled) {
            let voucher = self.vouchers.entry(key).or_default();
            if settled.claim.reversal {
                voucher.reversals += 1;
            } else {
                voucher.settlements += 1;
            }
            voucher.fee += i128::from(settled.charges.total().get());
            for (fund, amount) in carried(settled, base) {
                voucher.amounts[fund.index()] += i128::from(amount.get());
            }
        }
    }

    /// Adds another part of the night.
    pub fn merge(&mut self, other: &Ledger) {
        for (key, voucher) in &other.vouchers {
            self.vouchers.entry(*key).or_default().add(voucher);
        }
    }

    pub fn vouchers(&self) -> impl Iterator<Item = (&VoucherKey, &Voucher)> {
        self.vouchers.iter()
    }

    /// Lines of one voucher.
    pub fn entries(key: &VoucherKey, voucher: &Voucher) -> impl Iterator<Item = Entry> {
        let voucher = *voucher;
        entries(key.book, BookFund::all().map(move |fund| (fund, voucher.amount(fund))))
    }
}

#include "src/testing/internal/tryton_schema.h"

#include <algorithm>
#include <sstream>

FAIRLEAD_NAMESPACE_BEGIN
namespace testing {
namespace internal {
namespace {

// One model per "model" line: name, flags, label. One field per line below it: name, type, flags, label.
// Types: char text int float num bool date stamp sel(a|b|…) ref m2o:model o2m:model:inverse m2m:model dict.
// Flags: ! required, fn computed, idx indexed, cascade, dN decimals, new newest first, via:field read through a
// many2one. Model flags: company (rule), active, stamped, order=field,field- (minus: descending).
constexpr const char* kSchema = R"(
model ir.lang order=name Language
  name char ! Name
  code char ! idx Code
model ir.module order=name Module
  name char ! idx Name
  version char Version
  state sel(not_activated|activated) State
model ir.model order=model Model
  model char ! idx Model_Name
  name char Model_Description
model ir.cron - Cron
  method char Method
  interval_type char Interval_Type
model ir.sequence order=name Sequence
  name char ! Sequence_Name
model res.user active order=name User
  name char Name
  login char ! idx Login
  email char Email
  language m2o:ir.lang Language
  active bool Active
  company m2o:company.company Company
model res.user.warning - User_Warning
  user m2o:res.user ! User
  name char ! idx Name
  always bool Always
model company.company - Company
  party m2o:party.party ! Party
  currency m2o:currency.currency ! Currency
  timezone char Timezone
model currency.currency active order=name Currency
  name char ! Name
  symbol char Symbol
  code char ! idx Code
  numeric_code char Numeric_Code
  digits int ! Digits
  rounding num ! Rounding_factor
  active bool Active
  rates o2m:currency.currency.rate:currency Rates
model currency.currency.rate order=date- Currency_Rate
  date date ! Date
  rate num ! Rate
  currency m2o:currency.currency cascade Currency
model country.country active order=name Country
  name char ! Name
  code char ! idx Code
  code3 char 3-letters_Code
  code_numeric char Numeric_Code
  active bool Active
  subdivisions o2m:country.subdivision:country Subdivisions
model country.subdivision active order=code Subdivision
  country m2o:country.country ! Country
  name char ! Name
  code char ! idx Code
  type sel(state|province|department|region|country|district|outlying_area) ! Type
  parent m2o:country.subdivision Parent
  active bool Active
model country.postal_code - Postal_Code
  country m2o:country.country ! Country
  subdivision m2o:country.subdivision Subdivision
  postal_code char idx Postal_Code
  city char City
model party.category active order=name Category
  name char ! idx Name
  parent m2o:party.category Parent
  active bool Active
model party.party active order=name Party
  name char idx Name
  code char ! idx Code
  active bool Active
  lang m2o:ir.lang Language
  addresses o2m:party.address:party Addresses
  contact_mechanisms o2m:party.contact_mechanism:party Contact_Mechanisms
  identifiers o2m:party.identifier:party Identifiers
  categories m2m:party.category Categories
  customer_location m2o:stock.location fn Customer_Location
  supplier_location m2o:stock.location fn Supplier_Location
  customer_payment_term m2o:account.invoice.payment_term Customer_Payment_Term
  replaced_by m2o:party.party Replaced_By
  email char fn E-Mail
  phone char fn Phone
  full_name char fn Full_Name
model party.address active order=party Address
  party m2o:party.party ! cascade Party
  party_name char Party_Name
  name char Building_Name
  street text Street
  postal_code char Postal_Code
  city char City
  country m2o:country.country Country
  subdivision m2o:country.subdivision Subdivision
  active bool Active
  sequence int Sequence
  delivery bool Delivery
  invoice bool Invoice
  full_address text fn Full_Address
model party.contact_mechanism active order=party Contact_Mechanism
  party m2o:party.party ! cascade Party
  type sel(phone|mobile|fax|email|website|skype|sip|irc|jabber|other) ! Type
  value char ! idx Value
  value_compact char fn Value_Compact
  name char Name
  comment text Comment
  active bool Active
  sequence int Sequence
model party.identifier - Party_Identifier
  party m2o:party.party ! cascade Party
  type char Type
  code char ! idx Code
  sequence int Sequence
model product.uom.category order=name Unit_of_Measure_Category
  name char ! Name
model product.uom active order=name Unit_of_Measure
  name char ! Name
  symbol char ! idx Symbol
  category m2o:product.uom.category ! Category
  rate float ! Rate
  factor float ! Factor
  rounding float ! Rounding_Precision
  digits int ! Display_Digits
  active bool Active
model product.category order=name Category
  name char ! idx Name
  parent m2o:product.category Parent
  accounting bool Accounting
  customer_taxes m2m:account.tax Customer_Taxes
model product.template active order=name Product_Template
  name char ! idx Name
  code char idx Code
  type sel(goods|assets|service) ! Type
  default_uom m2o:product.uom ! Default_UoM
  sale_uom m2o:product.uom Sale_UoM
  purchase_uom m2o:product.uom Purchase_UoM
  salable bool Salable
  purchasable bool Purchasable
  consumable bool Consumable
  list_price num d4 List_Price
  cost_price num fn Cost_Price
  cost_price_method sel(fixed|average|fifo) ! Cost_Price_Method
  account_category m2o:product.category Account_Category
  categories m2m:product.category Categories
  customer_taxes_used m2m:account.tax fn Customer_Taxes_Used
  active bool Active
  weight float Weight
  weight_uom m2o:product.uom Weight_Uom
  products o2m:product.product:template Variants
model product.product active stamped Product_Variant
  template m2o:product.template ! cascade Product_Template
  code char idx Code
  prefix_code char fn Prefix_Code
  suffix_code char Suffix_Code
  cost_price num d4 Cost_Price
  active bool Active
  description text Description
  identifiers o2m:product.identifier:product Identifiers
  name char fn via:template Name
  type sel(goods|assets|service) fn via:template Type
  default_uom m2o:product.uom fn via:template Default_UoM
  sale_uom m2o:product.uom fn via:template Sale_UoM
  salable bool fn via:template Salable
  consumable bool fn via:template Consumable
  list_price num fn via:template List_Price
  account_category m2o:product.category fn via:template Account_Category
  categories m2m:product.category fn via:template Categories
  customer_taxes_used m2m:account.tax fn via:template Customer_Taxes_Used
  weight float fn via:template Weight
  quantity float fn Quantity
  forecast_quantity float fn Forecast_Quantity
model product.identifier - Product_Identifier
  product m2o:product.product ! cascade Product
  type char Type
  code char ! idx Code
model account.account order=code Account
  name char ! Name
  code char idx Code
model account.journal order=name Journal
  name char ! Name
  code char Code
  type char ! Type
model account.tax active order=sequence,id Tax
  name char ! idx Name
  description char Description
  type sel(percentage|fixed|none) ! Type
  rate num Rate
  amount num Amount
  parent m2o:account.tax Parent
  childs o2m:account.tax:parent Children
  update_unit_price bool Update_Unit_Price
  invoice_account m2o:account.account Invoice_Account
  credit_note_account m2o:account.account Credit_Note_Account
  group m2o:account.account Group
  active bool Active
  sequence int Sequence
model account.configuration - Account_Configuration
  tax_rounding sel(document|line) ! Tax_Rounding
model account.move order=date-,id- Account_Move
  number char Number
  date date Effective_Date
  state sel(draft|posted) State
model account.invoice.payment_term active order=name Payment_Term
  name char ! idx Name
  active bool Active
model account.invoice.payment.method - Payment_Method
  name char ! Name
model account.invoice company order=number-,id- Invoice
  number char idx Number
  reference char idx Reference
  description char Description
  type sel(out|in) ! Type
  state sel(draft|validated|posted|paid|cancelled) State
  company m2o:company.company ! Company
  party m2o:party.party ! Party
  invoice_address m2o:party.address ! Invoice_Address
  currency m2o:currency.currency ! Currency
  journal m2o:account.journal Journal
  account m2o:account.account Account
  payment_term m2o:account.invoice.payment_term Payment_Term
  invoice_date date Invoice_Date
  accounting_date date Accounting_Date
  move m2o:account.move Move
  comment text Comment
  lines o2m:account.invoice.line:invoice Lines
  taxes o2m:account.invoice.tax:invoice Taxes
  untaxed_amount num fn Untaxed
  tax_amount num fn Tax
  total_amount num fn Total
  amount_to_pay num fn Amount_to_Pay
  amount_paid num Amount_Paid
  origins char fn Origins
  sales m2m:sale.sale fn Sales
model account.invoice.line company order=invoice,id Invoice_Line
  invoice m2o:account.invoice cascade Invoice
  type sel(line|subtotal|title|comment) ! Type
  product m2o:product.product Product
  description text Description
  quantity float Quantity
  unit m2o:product.uom Unit
  unit_price num d4 Unit_Price
  account m2o:account.account Account
  amount num fn Amount
  taxes m2m:account.tax Taxes
  origin ref idx Origin
  note text Note
  sequence int Sequence
  stock_moves m2m:stock.move fn Stock_Moves
model account.invoice.tax - Invoice_Tax
  invoice m2o:account.invoice cascade Invoice
  description char Description
  tax m2o:account.tax Tax
  base num Base
  amount num Amount
  manual bool Manual
model account.payment.journal order=name Payment_Journal
  name char ! idx Name
  company m2o:company.company Company
  currency m2o:currency.currency Currency
  process_method sel(manual) ! Process_Method
model account.payment company order=date-,id- Payment
  number char Number
  company m2o:company.company ! Company
  journal m2o:account.payment.journal ! Journal
  kind sel(payable|receivable) ! Kind
  party m2o:party.party ! Party
  date date ! Date
  amount num ! d2 Amount
  currency m2o:currency.currency fn Currency
  origin ref idx Origin
  description char idx Description
  reference char idx Reference
  state sel(draft|approved|submitted|processing|succeeded|failed) State
model carrier - Carrier
  party m2o:party.party Party
  carrier_product m2o:product.product Carrier_Product
model stock.location active order=name Location
  name char ! Name
  code char idx Code
  type sel(supplier|customer|lost_found|warehouse|storage|production|drop|rental|view) ! Type
  parent m2o:stock.location Parent
  childs o2m:stock.location:parent Children
  input_location m2o:stock.location Input
  output_location m2o:stock.location Output
  storage_location m2o:stock.location Storage
  lost_found_location m2o:stock.location Lost_and_Found
  warehouse m2o:stock.location fn Warehouse
  active bool Active
  quantity float fn Quantity
  forecast_quantity float fn Forecast_Quantity
model stock.move company order=id- Stock_Move
  product m2o:product.product ! Product
  uom m2o:product.uom ! Uom
  quantity float ! Quantity
  from_location m2o:stock.location ! From_Location
  to_location m2o:stock.location ! To_Location
  shipment ref idx Shipment
  origin ref idx Origin
  planned_date date Planned_Date
  effective_date date Effective_Date
  state sel(staging|draft|assigned|done|cancelled) State
  company m2o:company.company ! Company
  unit_price num d4 Unit_Price
  currency m2o:currency.currency Currency
  package m2o:stock.package Package
model stock.shipment.out company stamped order=effective_date,id Customer_Shipment
  number char idx Number
  reference char idx Reference
  state sel(draft|done|cancelled|assigned|picked|packed|waiting) State
  company m2o:company.company ! Company
  customer m2o:party.party ! Customer
  delivery_address m2o:party.address ! Delivery_Address
  warehouse m2o:stock.location ! Warehouse
  planned_date date Planned_Date
  effective_date date Effective_Date
  carrier m2o:carrier Carrier
  outgoing_moves o2m:stock.move:shipment fn new Outgoing_Moves
  inventory_moves o2m:stock.move:shipment fn new Inventory_Moves
  moves o2m:stock.move:shipment fn new Moves
  packages o2m:stock.package:shipment Packages
  root_packages o2m:stock.package:shipment Packages
  origins char fn Origins
model stock.shipment.out.return company stamped order=effective_date,id Customer_Return_Shipment
  number char idx Number
  reference char idx Reference
  state sel(draft|done|cancelled|received) State
  company m2o:company.company ! Company
  customer m2o:party.party ! Customer
  delivery_address m2o:party.address ! Delivery_Address
  warehouse m2o:stock.location ! Warehouse
  planned_date date Planned_Date
  effective_date date Effective_Date
  incoming_moves o2m:stock.move:shipment fn new Incoming_Moves
  inventory_moves o2m:stock.move:shipment fn new Inventory_Moves
  moves o2m:stock.move:shipment fn new Moves
  origins char fn Origins
model stock.package.type order=name Package_Type
  name char ! Name
model stock.package - Package
  code char idx Code
  type m2o:stock.package.type ! Type
  shipment ref idx Shipment
  moves o2m:stock.move:package Moves
  parent m2o:stock.package Parent
  children o2m:stock.package:parent Children
  shipping_reference char idx Shipping_Reference
  shipping_tracking_url char fn Shipping_Tracking_URL
  state sel(open|closed) State
model stock.inventory company order=date-,id- Stock_Inventory
  number char Number
  location m2o:stock.location ! Location
  date date ! Date
  state sel(draft|done|cancelled) State
  company m2o:company.company ! Company
  empty_quantity sel(keep|empty) Empty_Quantity
  lines o2m:stock.inventory.line:inventory Lines
model stock.inventory.line - Stock_Inventory_Line
  inventory m2o:stock.inventory ! cascade Inventory
  product m2o:product.product ! Product
  uom m2o:product.uom fn UOM
  quantity float Quantity
  expected_quantity float Expected_Quantity
  moves o2m:stock.move:origin fn Moves
model sale.sale company order=sale_date-,id- Sale
  number char idx Number
  reference char idx Reference
  description char Description
  state sel(draft|quotation|confirmed|processing|done|cancelled) ! State
  company m2o:company.company ! Company
  currency m2o:currency.currency ! Currency
  party m2o:party.party ! Party
  party_lang char fn Party_Language
  contact m2o:party.contact_mechanism Contact
  invoice_party m2o:party.party Invoice_Party
  invoice_address m2o:party.address Invoice_Address
  shipment_party m2o:party.party Shipment_Party
  shipment_address m2o:party.address Shipment_Address
  payment_term m2o:account.invoice.payment_term Payment_Term
  warehouse m2o:stock.location Warehouse
  carrier m2o:carrier Carrier
  sale_date date Sale_Date
  shipping_date date Shipping_Date
  invoice_method sel(manual|order|shipment) ! Invoice_Method
  shipment_method sel(manual|order|invoice) ! Shipment_Method
  invoice_state sel(none|waiting|paid|exception) ! Invoice_State
  shipment_state sel(none|waiting|sent|exception) ! Shipment_State
  comment text Comment
  origin ref idx Origin
  lines o2m:sale.line:sale Lines
  untaxed_amount num fn Untaxed
  tax_amount num fn Tax
  total_amount num fn Total
  shipments m2m:stock.shipment.out fn Shipments
  shipment_returns m2m:stock.shipment.out.return fn Shipment_Returns
  moves m2m:stock.move fn Moves
  invoices m2m:account.invoice fn Invoices
model sale.line company order=sale,sequence,id Sale_Line
  sale m2o:sale.sale ! cascade Sale
  type sel(line|subtotal|title|comment) ! Type
  sequence int Sequence
  product m2o:product.product Product
  description text Description
  quantity float Quantity
  unit m2o:product.uom Unit
  unit_price num d4 Unit_Price
  amount num fn Amount
  taxes m2m:account.tax Taxes
  note text Note
  warehouse m2o:stock.location fn Warehouse
  moves o2m:stock.move:origin Moves
  invoice_lines o2m:account.invoice.line:origin Invoice_Lines
  sale_state char fn Sale_State
)";

void ReadType(const std::string& word, TrytonField* field) {
  using Type = TrytonField::Type;
  const auto colon = word.find(':');
  const std::string kind = word.substr(0, std::min(colon, word.find('(')));
  const std::string rest = colon == std::string::npos ? "" : word.substr(colon + 1);
  if (kind == "char") field->type = Type::kChar;
  if (kind == "text") field->type = Type::kText;
  if (kind == "int") field->type = Type::kInteger;
  if (kind == "float") field->type = Type::kFloat;
  if (kind == "num") field->type = Type::kNumeric;
  if (kind == "bool") field->type = Type::kBoolean;
  if (kind == "date") field->type = Type::kDate;
  if (kind == "stamp") field->type = Type::kTimestamp;
  if (kind == "dict") field->type = Type::kDict;
  if (kind == "ref") field->type = Type::kReference;
  if (kind == "sel") {
    field->type = Type::kSelection;
    std::istringstream values(word.substr(4, word.size() - 5));
    for (std::string value; std::getline(values, value, '|');) field->selection.push_back(value);
  }
  if (kind == "m2o") {
    field->type = Type::kMany2One;
    field->relation = rest;
    field->indexed = true;
  }
  if (kind == "m2m") {
    field->type = Type::kMany2Many;
    field->relation = rest;
  }
  if (kind == "o2m") {
    field->type = Type::kOne2Many;
    const auto second = rest.rfind(':');
    field->relation = rest.substr(0, second);
    field->inverse = rest.substr(second + 1);
  }
}

std::string Label(std::string word) {
  for (char& c : word) {
    if (c == '_') c = ' ';
  }
  return word;
}

TrytonField Standard(const char* name, TrytonField::Type type, const char* label, bool function) {
  TrytonField field;
  field.name = name;
  field.type = type;
  field.label = label;
  field.function = function;
  if (type == TrytonField::Type::kMany2One) field.relation = "res.user";
  return field;
}

std::map<std::string, TrytonModel> ReadSchema() {
  std::map<std::string, TrytonModel> schema;
  TrytonModel* model = nullptr;
  std::istringstream lines(kSchema);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    if (!(words >> first)) continue;
    std::vector<std::string> rest;
    for (std::string word; words >> word;) rest.push_back(word);
    if (first == "model") {
      model = &schema[rest[0]];
      model->name = rest[0];
      model->label = Label(rest.back());
      for (const std::string& word : rest) {
        if (word == "company") model->company_rule = true;
        if (word == "active") model->has_active = true;
        if (word == "stamped") model->stamped_at_create = true;
        if (word.rfind("order=", 0) == 0) {
          std::istringstream order(word.substr(6));
          for (std::string name; std::getline(order, name, ',');) {
            const bool descending = name.back() == '-';
            if (descending) name.pop_back();
            model->order.emplace_back(name, descending);
          }
        }
      }
      using Type = TrytonField::Type;
      model->fields = {Standard("id", Type::kInteger, "ID", false),
                       Standard("create_date", Type::kTimestamp, "Created at", false),
                       Standard("create_uid", Type::kMany2One, "Created by", false),
                       Standard("write_date", Type::kTimestamp, "Edited at", false),
                       Standard("write_uid", Type::kMany2One, "Edited by", false),
                       Standard("rec_name", Type::kChar, "Record Name", true)};
      continue;
    }
    TrytonField field;
    field.name = first;
    ReadType(rest[0], &field);
    field.label = Label(rest.back());
    for (std::size_t i = 1; i + 1 < rest.size(); ++i) {
      const std::string& flag = rest[i];
      if (flag == "!") field.required = true;
      if (flag == "fn") field.function = true;
      if (flag == "idx") field.indexed = true;
      if (flag == "cascade") field.cascade = true;
      if (flag == "new") field.newest_first = true;
      if (flag.rfind("via:", 0) == 0) field.via = flag.substr(4);
      if (flag.size() == 2 && flag[0] == 'd') field.digits = flag[1] - '0';
    }
    model->fields.push_back(std::move(field));
  }
  return schema;
}

}  // namespace

int TrytonModel::IndexOf(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return static_cast<int>(i);
  }
  return -1;
}

const TrytonField* TrytonModel::Find(std::string_view field) const {
  const int index = IndexOf(field);
  return index < 0 ? nullptr : &fields[static_cast<std::size_t>(index)];
}

const std::map<std::string, TrytonModel>& TrytonSchema() {
  static const auto* const schema = new std::map<std::string, TrytonModel>(ReadSchema());
  return *schema;
}

}  // namespace internal
}  // namespace testing
FAIRLEAD_NAMESPACE_END

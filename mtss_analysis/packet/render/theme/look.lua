-- Gives the parts of a packet their look in HTML and in Typst. Both renderers use it: before numbering in the built-in
-- one, after Quarto's own filters in Quarto.
--
--   ::: {.page-one}  the first page        ::: {.kpis} > ::: {.kpi}   cards      ::: {.lists} > ::: {.list}   short lists
--   [..]{.kpi-label} [..]{.kpi-number} [..]{.kpi-change}              ::: {.answer} ::: {.questions} ::: {.caveat} ::: {.note}

local is_typst = FORMAT:match("typst") ~= nil
local CALLS = { answer = true, questions = true, caveat = true, note = true, ["page-one"] = true }
local GRIDS = { kpis = "kpi", lists = "list" }
local SPANS = { ["kpi-label"] = true, ["kpi-number"] = true, ["kpi-change"] = true }

local function raw(text)
  return pandoc.RawBlock("typst", text)
end

local function first_of(classes, wanted)
  for _, class in ipairs(classes) do
    if wanted[class] then return class end
  end
end

local function write_grid(div, name)
  local blocks = pandoc.Blocks({ raw("#" .. name .. "(") })
  for _, child in ipairs(div.content) do
    blocks:insert(raw("["))
    if child.t == "Div" then blocks:extend(child.content) else blocks:insert(child) end
    blocks:insert(raw("],"))
  end
  blocks:insert(raw(")"))
  return blocks
end

local function style_div(div)
  local grid = first_of(div.classes, GRIDS)
  if grid and is_typst then return write_grid(div, grid) end
  if grid == "kpis" then
    div.attributes.role = "list"
    for _, child in ipairs(div.content) do
      if child.t == "Div" then child.attributes.role = "listitem" end
    end
    return div
  end
  local call = first_of(div.classes, CALLS)
  if not call or not is_typst then return nil end
  local blocks = pandoc.Blocks({ raw("#" .. call .. "[") })
  blocks:extend(div.content)
  blocks:insert(raw("]"))
  if call == "page-one" then blocks:insert(raw("#contents()")) end
  return blocks
end

local function style_span(span)
  local name = first_of(span.classes, SPANS)
  if not name or not is_typst then return nil end
  local inlines = pandoc.Inlines({ pandoc.RawInline("typst", "#" .. name .. "[") })
  inlines:extend(span.content)
  inlines:insert(pandoc.RawInline("typst", "]"))
  return inlines
end

local function escape_typst(text)
  return (text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " "))
end

-- Three dots and "-?" are shorthand in Typst, which Pandoc does not escape.
local function keep_dots(str)
  if not str.text:find("...", 1, true) and not str.text:find("-?", 1, true) then return nil end
  local inlines, rest = pandoc.Inlines({}), str.text
  for before, mark in rest:gmatch("(.-)([%.%?])") do
    inlines:extend({ pandoc.Str(before), pandoc.RawInline("typst", "\\" .. mark) })
  end
  inlines:insert(pandoc.Str(rest:match("[^%.%?]*$")))
  return inlines
end

-- Pandoc drops alternative text on its way to Typst.
local function style_image(image)
  local alt = image.attributes["fig-alt"] or image.attributes.alt or pandoc.utils.stringify(image.caption)
  if not is_typst then
    image.attributes["fig-alt"] = nil
    image.attributes.alt = alt
    image.caption = pandoc.Inlines({})
    return image
  end
  local width = image.attributes.width and (", width: " .. image.attributes.width) or ""
  return pandoc.RawInline("typst", ('#box(image("%s", alt: "%s"%s))'):format(escape_typst(image.src), escape_typst(alt), width))
end

local function each_row(tbl, visit)
  for _, row in ipairs(tbl.head.rows) do visit(row, true) end
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do visit(row, false) end
  end
end

-- Columns of short cells do not wrap in HTML: on a phone the table scrolls instead.
local function keep_short_columns_whole(tbl)
  local longest = {}
  each_row(tbl, function(row, is_head)
    for i, cell in ipairs(row.cells) do
      local length = is_head and 0 or pandoc.text.len(pandoc.utils.stringify(cell.contents))
      longest[i] = math.max(longest[i] or 0, length)
    end
  end)
  each_row(tbl, function(row, is_head)
    for i, cell in ipairs(row.cells) do
      if not is_head and longest[i] <= 24 then cell.attr.classes:insert("short") end
    end
  end)
end

-- A browser fits columns to their content; Typst squeezes the long ones, so there the widths of the source stay.
-- The first column heads its rows when it holds words.
local function style_table(tbl)
  if not is_typst then
    for i, spec in ipairs(tbl.colspecs) do tbl.colspecs[i] = { spec[1] } end
  end
  if is_typst then return tbl end
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do cell.attr.attributes.scope = "col" end
  end
  if tbl.colspecs[1][1] == "AlignLeft" or tbl.colspecs[1][1] == "AlignDefault" then
    for _, body in ipairs(tbl.bodies) do
      body.row_head_columns = 1
      for _, row in ipairs(body.body) do
        if row.cells[1] then row.cells[1].attr.attributes.scope = "row" end
      end
    end
  end
  keep_short_columns_whole(tbl)
  return tbl
end

-- A wide table scrolls inside its own box, which the keyboard can reach.
local tables_wrapped = 0
local function wrap_table(tbl)
  tables_wrapped = tables_wrapped + 1
  local label = pandoc.utils.stringify(pandoc.utils.blocks_to_inlines(tbl.caption.long)):match("^(.-):")
  if #tbl.caption.long > 0 then
    local span = pandoc.Span(pandoc.utils.blocks_to_inlines(tbl.caption.long), pandoc.Attr("", { "caption-text" }))
    tbl.caption.long = pandoc.Blocks({ pandoc.Plain({ span }) })
  end
  local name = label or ("Scrolling table " .. tables_wrapped)
  -- Pairs, not keys: the order of keys differs from run to run.
  local attributes = { { "tabindex", "0" }, { "role", "region" }, { "aria-label", name } }
  return pandoc.Div({ style_table(tbl) }, pandoc.Attr("", { "table-scroll" }, attributes)), false
end

function Pandoc(doc)
  local has_page_one = false
  doc:walk({ Div = function(div) has_page_one = has_page_one or div.classes:includes("page-one") end })
  doc = doc:walk({ Image = style_image, Span = style_span })
  if is_typst then
    doc = doc:walk({ Str = keep_dots })
    doc = doc:walk({ traverse = "topdown", Table = style_table })
  else
    doc = doc:walk({ traverse = "topdown", Table = wrap_table })
  end
  doc = doc:walk({ Div = style_div })
  if is_typst and not has_page_one then doc.blocks:insert(1, raw("#contents()")) end
  return doc
end
